#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/command.h"
#include "service/service.h"

namespace haina {

void add_serve(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    std::string store;
    int64_t cache_mb = 64;
    HttpServer::Options http = {.port = 8080};
  };
  auto options = std::make_shared<Options>();
  CLI::App* const command = app.add_subcommand(
      "serve", "events in, lists out, over HTTP\nexample: haina serve --port 8080 --store sqlite://live.db");
  command->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
  command->add_option("--address", options->http.address, "IP address to listen on")->capture_default_str();
  command->add_option("--port", options->http.port, "0: any free one")->capture_default_str();
  command->add_option("--store", options->store, "sqlite://PATH; live.db beside the models if not said");
  command->add_option("--cache-mb", options->cache_mb, "megabytes for lists that are asked for again")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  command->add_option("--threads", options->http.threads, "0: as many as CPUs")->default_val(0);
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(Trained ready, trained(options->config, terminal));
      const std::string store =
          options->store.empty() ? "sqlite://" + (ready.config.output_folder() / "live.db").string() : options->store;
      if (options->http.threads <= 0) {
        options->http.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
      }
      ready.model.about["version"] = ready.folder.filename().string();
      HAINA_TRY(Engine engine, Engine::make(ready.config, std::move(ready.dataset), std::move(ready.model)));
      HAINA_TRY(const std::unique_ptr<Service> service,
                Service::start(std::move(engine), store, options->http, static_cast<size_t>(options->cache_mb) << 20U));
      terminal.progress->line(fmt::format("{} events in {}", service->replayed(), store));
      HAINA_OK(print(fmt::format("listening on http://{}:{}\n", options->http.address, service->port())));
      while (!terminal.stop.requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      return ok();
    };
  });
}

}  // namespace haina
