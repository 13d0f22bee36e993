#include "service/http/tls.h"

#include <fmt/format.h>

#include <boost/beast/core/error.hpp>

namespace haina {

namespace ssl = boost::asio::ssl;

Result<std::shared_ptr<ssl::context>> make_tls(const std::string& certificate, const std::string& private_key) {
  auto tls = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::beast::error_code code;
  tls->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                   code);
  tls->use_certificate_chain_file(certificate, code);
  if (!code) {
    tls->use_private_key_file(private_key, ssl::context::pem, code);
  }
  if (code) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("cannot use this certificate and key for TLS: {}", code.message()), certificate,
                 "give --tls-cert and --tls-key, both PEM files that belong together"});
  }
  return tls;
}

}  // namespace haina
