// Functions of the BoringSSL inside of swift-nio-ssl, which has no Swift interface for them. The names are those that swift-nio-ssl gives
// them (CNIOBoringSSL_prefix_symbols.h), the types those of its CNIOBoringSSL_ssl.h; what implements them comes with NIOSSL.
#ifndef C_BORINGSSL_CONTEXT_H
#define C_BORINGSSL_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

struct ssl_ctx_st;

int CNIOBoringSSL_SSL_CTX_set_ocsp_response(struct ssl_ctx_st *ctx, const uint8_t *response, size_t response_len);

// SSL_SESS_CACHE_OFF.
static const int certctl_SSL_SESS_CACHE_OFF = 0x0000;
int CNIOBoringSSL_SSL_CTX_set_session_cache_mode(struct ssl_ctx_st *ctx, int mode);

#endif
