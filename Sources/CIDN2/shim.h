#ifndef CERTCTL_CIDN2_H
#define CERTCTL_CIDN2_H
#include <idn2.h>
#endif
