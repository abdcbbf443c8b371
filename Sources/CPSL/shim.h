#ifndef CERTCTL_CPSL_H
#define CERTCTL_CPSL_H
#include <libpsl.h>
#endif
