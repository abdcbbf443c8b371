#ifndef CERTCTL_CYAML_H
#define CERTCTL_CYAML_H
#include <yaml.h>
#endif
