#include "service/service.h"

namespace haina {

Result<std::unique_ptr<Service>> Service::start(Engine engine, const std::string& store_url,
                                                const HttpServer::Options& options, size_t cache_bytes) {
  HAINA_TRY(Store store, Store::open(store_url));
  HAINA_TRY(Store reader, Store::open(store_url));
  HAINA_TRY(Store of_keys, Store::open(store_url));
  HAINA_TRY(const std::vector<ApiKey> keys, of_keys.keys());
  if (keys.empty() && !options.address.starts_with("127.") && options.address != "::1") {
    return fail({ErrorCode::kInvalidArgument, "a service without keys would be open to everyone who reaches it",
                 options.address, "make a key with haina keys add, or listen on 127.0.0.1"});
  }
  HAINA_TRY(const std::vector<std::string> forgotten, store.forgotten_users());
  HAINA_TRY(const std::vector<std::string> hidden, store.hidden_items());
  std::unique_ptr<Service> service(new Service(std::move(engine)));
  for (const std::string& user : forgotten) {  // before the events that came after
    service->engine_.forget(user);
  }
  for (const std::string& item : hidden) {
    service->engine_.hide(item);
  }
  HAINA_OK(store.replay([&](const LiveEvent& event) {
    service->engine_.learn(event);
    ++service->replayed_;
  }));
  service->keys_ = std::make_unique<KeyRing>(std::move(of_keys));
  service->queue_ = std::make_unique<CommitQueue>(
      std::move(store), [engine_ = &service->engine_](const LiveEvent& event) { engine_->learn(event); });
  service->api_ =
      std::make_unique<Api>(service->engine_, *service->queue_, std::move(reader), *service->keys_, cache_bytes);
  HAINA_TRY(HttpServer server, HttpServer::start(options, [api = service->api_.get()](const HttpRequest& request,
                                                                                      HttpServer::Respond respond) {
              api->answer(request, std::move(respond));
            }));
  service->server_ = std::make_unique<HttpServer>(std::move(server));
  return service;
}

}  // namespace haina
