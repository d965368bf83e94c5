// What eiows names of Node's private TLS header, which no package brings (its own build clones Node's repository). Nothing listens by TLS here, so none of it is ever called.
#pragma once
#include <memory>
#include <openssl/ssl.h>

#define ASSIGN_OR_RETURN_UNWRAP(pointer, object) do { *(pointer) = nullptr; return; } while (0)

namespace node {
class BaseObject {};

namespace crypto {
class TLSWrap : public BaseObject {
    public:
        const std::unique_ptr<SSL> *getSSL() const { return nullptr; }
};
}
}
