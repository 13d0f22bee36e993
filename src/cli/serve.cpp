#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/command.h"
#include "service/service.h"

namespace haina {

void add_serve(CLI::App& app, Terminal& terminal, Action& chosen) {
  struct Options {
    std::string config = "haina.toml";
    int64_t cache_mb = 64;
    ServiceOptions service = {.store = "", .http = {.port = 8080}};
  };
  auto options = std::make_shared<Options>();
  ServiceOptions& service = options->service;
  CLI::App* const command = app.add_subcommand(
      "serve", "events in, lists out, over HTTP\nexample: haina serve --port 8080 --store sqlite://live.db");
  command->add_option("-c,--config", options->config, "haina.toml or its folder")->capture_default_str();
  command->add_option("--address", service.http.address, "IP address to listen on")->capture_default_str();
  command->add_option("--port", service.http.port, "0: any free one")->capture_default_str();
  command->add_option("--store", service.store,
                      "sqlite://PATH or postgresql://USER@HOST/DATABASE; live.db beside the models if not said");
  command->add_option("--cache-mb", options->cache_mb, "megabytes for lists that are asked for again")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  command->add_option("--threads", service.http.threads, "0: as many as CPUs")->default_val(0);
  command->add_option("--rate", service.api.requests_a_second, "requests a second of one key or address; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9));
  command->add_option("--cors", service.api.cors, "origins that browsers may call from, \"*\" for all");
  command->add_option("--tls-cert", service.http.certificate, "PEM file of the certificate chain: HTTPS");
  command->add_option("--tls-key", service.http.private_key, "PEM file of its private key");
  command->add_option("--events", service.events,
                      "kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME]: events from there as well");
  command->add_option("--events-rejects", service.rejects, "a file for messages that cannot be read, JSON lines");
  command->add_flag("--gorse-api", service.api.gorse, "also the paths under /api that Gorse's clients call");
  command->add_flag("--access-log", service.api.log_all, "a JSON line a request on stderr");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      ServiceOptions& service = options->service;
      HAINA_TRY(const Config config, load_config(options->config));
      const Result<std::string> version = current_version(config);
      if (!version || !load_version(config, *version)) {  // nothing is trained, or it does not fit any more
        HAINA_TRY(const Trained ready, trained(options->config, terminal));
      }
      if (service.store.empty()) {
        service.store = "sqlite://" + (config.output_folder() / "live.db").string();
      }
      if (service.http.threads <= 0) {
        service.http.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
      }
      service.cache_bytes = static_cast<size_t>(options->cache_mb) << 20U;
      // Each connection takes a file handle: the soft limit of many systems, 1024, would be met before our own.
      rlimit files = {};
      if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = std::min<rlim_t>(files.rlim_max, 65'536);
        ::setrlimit(RLIMIT_NOFILE, &files);
      }
      HAINA_TRY(const std::unique_ptr<Service> running, Service::start(config, service));
      terminal.progress->line(fmt::format("{} events in {}", running->replayed(), service.store));
      HAINA_OK(print(fmt::format("listening on {}://{}:{}\n", service.http.certificate.empty() ? "http" : "https",
                                 service.http.address, running->port())));
      while (!terminal.stop.requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      return ok();
    };
  });
}

}  // namespace haina
