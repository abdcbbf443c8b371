#ifndef CERTCTL_CLDNS_H
#define CERTCTL_CLDNS_H

// First, or libldns takes a signed char for its bool.
#include <stdbool.h>

#include <ldns/ldns.h>
#include <pthread.h>
// Wakes the thread that waits for answers; not in the module map of glibc.
#include <sys/eventfd.h>

// glibc declares it only with _GNU_SOURCE, which the Swift importer does not define.
extern int pthread_setname_np(pthread_t thread, const char *name);

#endif
