#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/file_lock.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/log_sink.h"
#include "cli/wrapped.h"
#include "model/versions.h"
#include "recommend/few_events.h"
#include "service/service.h"
#include "store/store.h"
#include "store/store_url.h"

namespace haina {
namespace {

constexpr rlim_t kMostFiles = 65'536;

struct ServeArguments {
  std::string config = "haina.toml";
  std::string log_format;  // empty: as haina.toml says
  int64_t cache_mb = 64;
  bool train = false;
  ServiceOptions service = {.store = "", .http = {.port = 8080}};
};

// Each connection takes a file handle: the soft limit of many systems, 1024, would be reached before the server's own.
void raise_file_limit() {
  rlimit files = {};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = std::min<rlim_t>(files.rlim_max, kMostFiles);
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

// What the version in use says of its training. kNotFound, with the way to train one, where there is none.
Result<nlohmann::json> about_in_use(const Config& config) {
  const Result<std::string> version = current_version(config);
  if (!version) {
    Error error = version.error();
    error.hint += error.code == ErrorCode::kNotFound ? ", or haina serve --train, which trains one first" : "";
    return fail(error);
  }
  HAINA_TRY(const nlohmann::json manifest, read_json(config.models_folder() / *version / "manifest.json"));
  return manifest.value("about", nlohmann::json::object());
}

// Whether there is a version in use, and this program can read it.
bool is_trained(const Config& config) {
  const Result<std::string> version = current_version(config);
  return version && load_version(config, *version);
}

// Whether the project has no version, and too few events to learn from: its first version takes seconds, and serving
// makes it without being asked.
Result<bool> is_new_shop(const Config& config, Terminal& terminal) {
  const Result<std::string> version = current_version(config);
  if (version || version.error().code != ErrorCode::kNotFound) {
    return false;
  }
  HAINA_TRY(const Dataset dataset, prepared(config, terminal));
  if (!has_few_events(dataset)) {
    return false;
  }
  terminal.progress->line("no version yet, and too few events to learn from: making the version of a new shop");
  return true;
}

// Held while a service runs on an SQLite file: it keeps in memory what it alone writes there. nullopt for a store that
// servers share.
Result<std::optional<FileLock>> lock_store(const std::string& url) {
  HAINA_TRY(const Store store, Store::open(url));  // so that no lock lies beside what is no store
  if (store.is_shared()) {
    return std::nullopt;
  }
  const std::string path = url.substr(std::string_view("sqlite://").size());
  HAINA_TRY(FileLock lock,
            FileLock::take(std::filesystem::canonical(path).string() + ".lock", "another haina serve uses this store",
                           "end it first, or give this one a --store of its own; servers share a "
                           "PostgreSQL database"));
  return lock;
}

LogFormat log_format(const ServeArguments& options, const WatchConfig& watch) {
  return log_format_of(options.log_format.empty() ? watch.log_format : options.log_format);
}

// After SIGHUP. Of haina.toml, [serve] and the rules are taken over; a file that cannot be read changes nothing.
Status reload(const ServeArguments& options, Service& running) {
  running.reload();
  HAINA_TRY(const Config config, load_config(options.config));
  HAINA_TRY(const WatchConfig watch, load_watch_config(config.file));
  use_log_format(log_format(options, watch));
  log_info("keys, certificate, [serve] and rules are read again; other sections need haina train or a restart");
  running.reconfigure(config, watch);
  return ok();
}

volatile std::sig_atomic_t hung_up = 0;
extern "C" void on_hangup(int) { hung_up = 1; }

Status run(ServeArguments& options, Terminal& terminal) {
  std::signal(SIGHUP, on_hangup);  // keys and certificates are read again
  ServiceOptions& service = options.service;
  HAINA_TRY(const Config config, load_config(options.config));
  HAINA_TRY(service.watch, load_watch_config(config.file));
  use_log_format(log_format(options, service.watch));
  LoggedProgress logged;
  if (log_format(options, service.watch) == LogFormat::kJson) {
    terminal.progress = &logged;  // as long as this function, which is as long as the program serves
  }
  HAINA_TRY(const bool new_shop, options.train ? Result<bool>(false) : is_new_shop(config, terminal));
  if (new_shop || (options.train && !is_trained(config))) {
    HAINA_TRY(const Trained ready, trained(options.config, terminal));
  } else {
    HAINA_TRY(const nlohmann::json about, about_in_use(config));
    tell_what_lacks(about, terminal);
  }
  if (service.store.empty()) {
    service.store = "sqlite://" + (config.output_folder() / "live.db").string();
  }
  if (service.http.threads <= 0) {
    service.http.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  }
  service.cache_bytes = static_cast<size_t>(options.cache_mb) << 20U;
  raise_file_limit();
  HAINA_TRY(const std::optional<FileLock> lock, lock_store(service.store));
  HAINA_TRY(const std::unique_ptr<Service> running, Service::start(config, service));
  terminal.progress->line(
      fmt::format("{} in {}", counted(running->replayed(), "event"), without_password(service.store)));
  HAINA_OK(print(fmt::format("listening on {}://{}:{}\n", service.http.certificate.empty() ? "http" : "https",
                             service.http.address, running->port())));
  while (!terminal.stop.requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (hung_up != 0) {
      hung_up = 0;
      if (const Status reloaded = reload(options, *running); !reloaded) {
        log_warning("the settings of before stay in force: " + to_text(reloaded.error()));
      }
    }
  }
  return ok();
}

void add_api_options(CLI::App& command, ServiceOptions& service) {
  ApiOptions& api = service.api;
  command.add_option("--rate", api.requests_a_second, "requests per second of one key or address; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e9));
  command.add_option("--cors", api.cors, "origins that browsers may call from, \"*\" for all");
  command.add_option("--allow-host", api.hosts,
                     "names by which clients may call a service without keys, besides localhost");
  command.add_flag("--gorse-api", service.gorse, "also serve the paths under /api that clients of Gorse call");
  command.add_flag("--access-log", api.log_all, "log every request, not only those refused or failed");
}

void add_http_options(CLI::App& command, HttpServer::Options& http) {
  command.add_option("--address", http.address, "IP address to listen on")->capture_default_str();
  command.add_option("--port", http.port, "0: any free port")->capture_default_str();
  command.add_option("--threads", http.threads, "0: one per CPU")->default_val(0);
  command.add_option("--peer-connections", http.most_of_a_peer, "connections of one address; 1024 in all")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_option("--tls-cert", http.certificate, "PEM file of the certificate chain: HTTPS");
  command.add_option("--tls-key", http.private_key, "PEM file of the certificate's private key");
}

}  // namespace

void add_serve(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<ServeArguments>();
  ServiceOptions& service = options->service;
  CLI::App* const command = add_command(app, "serve", "Serve recommendations and take events over HTTP.",
                                        "haina serve --port 8080 --store sqlite://live.db");
  add_config_option(*command, options->config);
  add_http_options(*command, service.http);
  command->add_option("--store", service.store,
                      "sqlite://PATH or postgresql://USER@HOST/DATABASE; default: live.db beside the models");
  command->add_flag("--train", options->train, "train a version first where there is none, or none that can be read");
  command->add_option("--cache-mb", options->cache_mb, "megabytes for cached lists")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  command
      ->add_option("--log-format", options->log_format,
                   "json (one object a line), text, or auto: text on a terminal, else json")
      ->check(CLI::IsMember({"auto", "json", "text"}));
  add_api_options(*command, service);
  command->add_option("--events", service.events,
                      "kafka://HOST:PORT[,HOST:PORT]/TOPIC[?group=NAME]: also take events from there");
  command->add_option("--events-rejects", service.rejects, "file for messages that cannot be read, JSON lines");
  command->callback(
      [options, &terminal, &chosen] { chosen = [options, &terminal] { return run(*options, terminal); }; });
}

}  // namespace haina
