// The TLS side of the HTTP server: TLS 1.2 or newer with a certificate and its key from PEM files.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/error.h"

namespace haina {

// kInvalidArgument where the files cannot be read or do not belong together.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls(const std::string& certificate,
                                                            const std::string& private_key);

}  // namespace haina
