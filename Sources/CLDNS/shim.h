#ifndef CERTCTL_CLDNS_H
#define CERTCTL_CLDNS_H
#include <ldns/ldns.h>
#endif
