#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "store/store.h"

namespace haina {
namespace {

struct Options {
  std::string store, name, scope = "read", tenant;
};

void add_store(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_option("--store", options->store, "the store of haina serve, sqlite://PATH or postgresql://…")
      ->required();
}

}  // namespace

void add_keys(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* const command = add_command(app, "keys", "Manage the API keys of a service.",
                                        "haina keys add shop --scope write --store sqlite://live.db");
  command->require_subcommand(1);

  CLI::App* const add = add_command(*command, "add", "Create a key and print it; it is never shown again.",
                                    "haina keys add shop --scope write --store sqlite://live.db");
  add->add_option("name", options->name, "name of the key's owner")->required();
  add->add_option("--scope", options->scope, "read, write or admin")->capture_default_str();
  add->add_option("--tenant", options->tenant, "limit the key to users whose ids begin with \"TENANT:\"");
  add_store(add, options);
  add->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(const Scope scope, parse_scope(options->scope));
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_TRY(const std::string key, new_key());
      HAINA_OK(
          store.add_key({.name = options->name, .scope = scope, .hash = hash_of_key(key), .tenant = options->tenant}));
      return print(key + "\n");
    };
  });

  CLI::App* const list =
      add_command(*command, "list", "List names, scopes and tenants.", "haina keys list --store sqlite://live.db");
  add_store(list, options);
  list->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_TRY(const std::vector<ApiKey> keys, store.keys());
      nlohmann::json document = {{"schema", "haina.keys/1"}, {"keys", nlohmann::json::array()}};
      std::string text;
      for (const ApiKey& key : keys) {
        document["keys"].push_back({{"name", key.name}, {"scope", to_string(key.scope)}, {"tenant", key.tenant}});
        text += fmt::format("{:8} {}{}\n", to_string(key.scope), key.name,
                            key.tenant.empty() ? "" : fmt::format(" (tenant {})", key.tenant));
      }
      return print(terminal.json ? document.dump(1) + "\n" : text);
    };
  });

  CLI::App* const revoke = add_command(*command, "revoke", "Revoke a key; a running service notices within seconds.",
                                       "haina keys revoke shop --store sqlite://live.db");
  revoke->add_option("name", options->name, "name of the key's owner")->required();
  add_store(revoke, options);
  revoke->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(Store store, Store::open(options->store));
      return store.revoke_key(options->name);
    };
  });

  CLI::App* const open =
      add_command(*command, "open", "Let a service on this machine run without keys again, after they were in use.",
                  "haina keys open --store sqlite://live.db");
  add_store(open, options);
  open->callback([options, &chosen] {
    chosen = [options]() -> Status {
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_OK(store.forget_keys_were_used());
      return print("open: a service that starts on a loopback address needs no keys\n");
    };
  });
}

}  // namespace haina
