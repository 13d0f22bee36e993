#include "service/service.h"

namespace haina {

Result<std::unique_ptr<Service>> Service::start(Engine engine, const std::string& store_url,
                                                const HttpServer::Options& options) {
  HAINA_TRY(Store store, Store::open(store_url));
  HAINA_TRY(Store reader, Store::open(store_url));
  std::unique_ptr<Service> service(new Service(std::move(engine)));
  HAINA_OK(store.replay([&](const LiveEvent& event) {
    service->engine_.learn(event);
    ++service->replayed_;
  }));
  service->queue_ = std::make_unique<CommitQueue>(
      std::move(store), [engine_ = &service->engine_](const LiveEvent& event) { engine_->learn(event); });
  service->api_ = std::make_unique<Api>(service->engine_, *service->queue_, std::move(reader));
  HAINA_TRY(HttpServer server, HttpServer::start(options, [api = service->api_.get()](const HttpRequest& request,
                                                                                      HttpServer::Respond respond) {
              api->answer(request, std::move(respond));
            }));
  service->server_ = std::make_unique<HttpServer>(std::move(server));
  return service;
}

}  // namespace haina
