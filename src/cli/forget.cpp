#include "cli/forget.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/find_user.h"
#include "model/forget_in_project.h"
#include "pipeline/kept_dataset.h"
#include "pipeline/run_train.h"
#include "store/keys.h"
#include "store/store.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

struct ForgetArguments {
  std::string config = "haina.toml", store, user, tenant;
  bool verify = false;
};

constexpr size_t kLongId = 6;  // bytes; shorter texts are everywhere by chance
constexpr const char* kOthers =
    "not looked at, since they are yours: the raw exports, files of --events-rejects, logs of the service and of the "
    "web server, archives and replicas of the database, backups, topics of Kafka";

// The project's store: the one given, or live.db beside the models if it is there.
Result<std::optional<Store>> store_of(const Config& config, const ForgetArguments& options) {
  std::string url = options.store;
  if (url.empty()) {
    const fs::path own = config.output_folder() / "live.db";
    if (!fs::exists(own)) {
      return std::nullopt;
    }
    url = "sqlite://" + own.string();
  }
  HAINA_TRY(Store store, Store::open_existing(url));
  return std::optional(std::move(store));
}

Json to_json(const std::vector<Trace>& traces) {
  Json list = Json::array();
  for (const Trace& trace : traces) {
    list.push_back({{"place", trace.place}, {"why", trace.why}, {"hint", trace.hint}});
  }
  return list;
}

// Where the store still holds the user: its rows, and the bytes of an SQLite store's files.
Result<std::vector<Trace>> traces_in_store(Store& store, const std::string& url, const std::string& user) {
  std::vector<Trace> traces;
  HAINA_TRY(const std::vector<std::string> places, store.places_of(user));
  for (const std::string& place : places) {
    traces.push_back({"store, " + place, "the user was not forgotten, or came back", "haina forget " + user});
  }
  HAINA_TRY(const bool left, store.has_deleted_left());
  if (left) {
    traces.push_back({"store, deleted rows",
                      store.is_shared() ? "the tables are not vacuumed yet"
                                        : "a reader keeps the write-ahead log from being emptied",
                      "a running service tries again every two seconds; haina forget tries at once"});
  }
  const std::string path = store.is_shared() ? "" : url.substr(std::string_view("sqlite://").size());
  for (const char* const end : {"", "-wal"}) {
    // Columns of a row stand side by side in the file, so a long id is also looked for within longer words.
    if (!path.empty() && places.empty() && holds_text(path + end, user, user.size() >= kLongId)) {
      traces.push_back({path + end, "the text is in the file, as part of something else or in a deleted row",
                        "if it is the user: sqlite3 " + path + " VACUUM, while no service runs"});
    }
  }
  return traces;
}

Status verify(const ForgetArguments& options, const std::string& user, bool json) {
  HAINA_TRY(const Config config, load_config(options.config));
  HAINA_TRY(std::optional<Store> store, store_of(config, options));
  std::vector<Trace> traces;
  if (store) {
    const std::string url =
        options.store.empty() ? "sqlite://" + (config.output_folder() / "live.db").string() : options.store;
    HAINA_TRY(traces, traces_in_store(*store, url, user));
  }
  HAINA_TRY(const std::vector<Trace> kept, find_user(config, user));
  traces.insert(traces.end(), kept.begin(), kept.end());
  std::string text;
  for (const Trace& trace : traces) {
    text += fmt::format("still there: {}: {}\n  hint: {}\n", trace.place, trace.why, trace.hint);
  }
  text += traces.empty() ? fmt::format("gone: {} is in nothing that Haina keeps\n", user) : "";
  text += store ? "" : "no store was looked at: name it with --store\n";
  text += std::string(kOthers) + "\n";
  HAINA_OK(print(json ? Json{{"schema", "haina.verify/1"},
                             {"user", user},
                             {"gone", traces.empty()},
                             {"store", store.has_value()},
                             {"left", to_json(traces)}}
                                .dump(1) +
                            "\n"
                      : text));
  return traces.empty() ? ok()
                        : fail({ErrorCode::kBadData, fmt::format("{} is still in {} places", user, traces.size()), "",
                                "each of them says what to do"});
}

// Whom to forget where no store says: with the salt that is there, else with a new one.
Result<HashedNames> without_store(const Config& config, const std::string& user) {
  constexpr size_t kDigits = 32;
  HAINA_TRY(HashedNames names, forgotten_in_project(config));
  std::string salt;
  if (names.empty()) {
    HAINA_TRY(const std::string random, new_key());
    salt = hash_of_key(random).substr(0, kDigits);
  } else {
    const std::string& known = names.times().begin()->first;
    salt = known.substr(0, known.find(':'));
  }
  names.add(HashedNames::key_of(salt, user), now_us());
  return names;
}

Status forget(const ForgetArguments& options, const std::string& user, bool json) {
  HAINA_TRY(const Config config, load_config(options.config));
  HAINA_TRY(std::optional<Store> store, store_of(config, options));
  Forgotten gone = {.overwritten = true};
  HashedNames names;
  if (store) {
    HAINA_TRY(gone, store->forget_user(user));
    HAINA_TRY(gone.overwritten, gone.overwritten ? Result<bool>(true) : store->overwrite_deleted());
    HAINA_TRY(names, store->forgotten_users());
  } else {
    HAINA_TRY(names, without_store(config, user));
  }
  // What a killed training left has no version, so nobody else looks there.
  if (const auto lock = lock_training(config)) {
    remove_datasets_without_version(config);
  }
  HAINA_TRY(const Purged purged, forget_in_project(config, names));
  std::string text = store
                         ? fmt::format("store: {} events, {} lists, {} feedback, {} profile, {} friendships deleted\n",
                                       gone.events, gone.lists, gone.feedback, gone.profiles, gone.friendships)
                         : "no store: name it with --store if there is one\n";
  for (const std::string& folder : purged.rewritten) {
    text += folder + ": written without the user\n";
  }
  for (const std::string& path : purged.removed) {
    text += path + ": removed\n";
  }
  for (const std::string& what : purged.not_yet) {
    text += "not yet: " + what + "\n";
  }
  text += gone.overwritten ? "" : "not yet: the database is being read, its files still hold deleted rows\n";
  text += fmt::format("haina forget --verify {} looks for what is left\n", user);
  HAINA_OK(print(json ? Json{{"schema", "haina.forget/1"},
                             {"user", user},
                             {"store", store.has_value()},
                             {"events", gone.events},
                             {"overwritten", gone.overwritten},
                             {"rewritten", purged.rewritten},
                             {"removed", purged.removed},
                             {"not_yet", purged.not_yet}}
                                .dump(1) +
                            "\n"
                      : text));
  return purged.not_yet.empty() && gone.overwritten
             ? ok()
             : fail({ErrorCode::kIo, fmt::format("{} is forgotten, but not yet out of every file", user), "",
                     "a running service tries again by itself; else run haina forget again"});
}

}  // namespace

void add_forget(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<ForgetArguments>();
  CLI::App* const command =
      add_command(app, "forget", "Delete a user from the store, prepared data and the datasets of all versions.",
                  "haina forget ann --store sqlite://live.db");
  add_config_option(*command, options->config);
  command->add_option("user", options->user, "id of the user")->required();
  command->add_option("--tenant", options->tenant, "of the user: then the id is \"TENANT:user\"");
  command->add_option("--store", options->store,
                      "sqlite://PATH or postgresql://…; default: live.db beside the models, if it is there");
  command->add_flag("--verify", options->verify, "delete nothing: say where the user still is; exit code 0 if nowhere");
  command->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      const std::string user = options->tenant.empty() ? options->user : options->tenant + ":" + options->user;
      return options->verify ? verify(*options, user, terminal.json) : forget(*options, user, terminal.json);
    };
  });
}

}  // namespace haina
