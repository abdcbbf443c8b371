#ifndef CERTCTL_CCURL_H
#define CERTCTL_CCURL_H

#include <curl/curl.h>
#include <pthread.h>

// Swift cannot call variadic C functions: one shim per type of argument. No logic here. The parentheses keep the type-checking macros of
// curl.h away, which want literal options.

static inline CURLcode certctl_curl_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_blob(CURL *easy, CURLoption option, struct curl_blob *value) {
    return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode certctl_curl_set_transfer_callback(CURL *easy, CURLoption option, curl_write_callback callback) {
    return (curl_easy_setopt)(easy, option, callback);
}

static inline CURLcode certctl_curl_set_seek_callback(CURL *easy, curl_seek_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode certctl_curl_set_progress_callback(CURL *easy, curl_xferinfo_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_XFERINFOFUNCTION, callback);
}

static inline CURLcode certctl_curl_set_prerequest_callback(CURL *easy, curl_prereq_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode certctl_curl_set_open_socket_callback(CURL *easy, curl_opensocket_callback callback) {
    return (curl_easy_setopt)(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode certctl_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLcode certctl_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode certctl_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}

// CURLMsg holds its result in a union, which Swift imports with unchecked members.
static inline CURLcode certctl_curl_message_result(const CURLMsg *message) { return message->data.result; }

// glibc declares pthread_setname_np only with _GNU_SOURCE, which the Swift importer does not define.
extern int pthread_setname_np(pthread_t thread, const char *name);

#endif
