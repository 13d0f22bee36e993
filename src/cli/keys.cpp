#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/command.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

struct KeysArguments {
  std::string store, name, scope = "read", tenant, expires = "never", grace = "1d";
};

void add_store(CLI::App* command, const std::shared_ptr<KeysArguments>& options) {
  command->add_option("--store", options->store, "the store of haina serve, sqlite://PATH or postgresql://…")
      ->required();
}

void add_rotate(CLI::App& command, const std::shared_ptr<KeysArguments>& options, Action& chosen) {
  CLI::App* const rotate =
      add_command(command, "rotate", "Give a key another secret and print it; the one before works for the grace.",
                  "haina keys rotate shop --grace 1d --store sqlite://live.db");
  rotate->add_option("name", options->name, "name of the key's owner")->required();
  rotate->add_option("--grace", options->grace, "for how long the secret of before works: an age (1d, 12h), or 0")
      ->capture_default_str();
  add_store(rotate, options);
  rotate->callback([options, &chosen] {
    chosen = [options]() -> Status {
      int64_t until = now_us();
      if (options->grace != "0") {
        HAINA_TRY(until, parse_expiry(options->grace, until, "--grace"));
      }
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_TRY(const std::string secret, new_key());
      HAINA_OK(store.rotate_key(options->name, hash_of_key(secret), until));
      return print(secret + "\n");
    };
  });
}

void add_list(CLI::App& command, const std::shared_ptr<KeysArguments>& options, Terminal& terminal, Action& chosen) {
  CLI::App* const list =
      add_command(command, "list", "List names, scopes, tenants, when keys end and when they were used last.",
                  "haina keys list --store sqlite://live.db");
  add_store(list, options);
  list->callback([options, &terminal, &chosen] {
    chosen = [options, &terminal]() -> Status {
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_TRY(const std::vector<ApiKey> keys, store.keys());
      nlohmann::json document = {{"schema", "haina.keys/1"}, {"keys", nlohmann::json::array()}};
      std::string text;
      for (const ApiKey& key : keys) {
        document["keys"].push_back({{"name", key.name},
                                    {"scope", to_string(key.scope)},
                                    {"tenant", key.tenant},
                                    {"created", key.created_us == 0 ? Json() : Json(expiry_text(key.created_us))},
                                    {"expires", key.expires_us == 0 ? Json() : Json(expiry_text(key.expires_us))},
                                    {"last_used", key.used_day == 0 ? Json() : Json(day_text(key.used_day))}});
        const bool ended = key.expires_us != 0 && key.expires_us <= now_us();
        text += fmt::format("{:8} {}{}; {} {}; last used {}\n", to_string(key.scope), key.name,
                            key.tenant.empty() ? "" : fmt::format(" (tenant {})", key.tenant),
                            ended ? "expired" : "expires", expiry_text(key.expires_us),
                            key.used_day == 0 ? "never" : day_text(key.used_day));
      }
      return print(terminal.json ? document.dump(1) + "\n" : text);
    };
  });
}

}  // namespace

void add_keys(CLI::App& app, Terminal& terminal, Action& chosen) {
  auto options = std::make_shared<KeysArguments>();
  CLI::App* const command = add_command(app, "keys", "Manage the API keys of a service.",
                                        "haina keys add shop --scope write --store sqlite://live.db");
  command->require_subcommand(1);

  CLI::App* const add = add_command(*command, "add", "Create a key and print it; it is never shown again.",
                                    "haina keys add shop --scope write --store sqlite://live.db");
  add->add_option("name", options->name, "name of the key's owner")->required();
  add->add_option("--scope", options->scope, "read, write or admin")->capture_default_str();
  add->add_option("--tenant", options->tenant, "limit the key to users whose ids begin with \"TENANT:\"");
  add->add_option("--expires", options->expires, "an age (90d, 12h), a date (2027-01-31) or never")
      ->capture_default_str();
  add_store(add, options);
  add->callback([options, &chosen] {
    chosen = [options]() -> Status {
      ApiKey key = {.name = options->name, .tenant = options->tenant, .created_us = now_us()};
      HAINA_TRY(key.scope, parse_scope(options->scope));
      HAINA_TRY(key.expires_us, parse_expiry(options->expires, key.created_us, "--expires"));
      HAINA_TRY(Store store, Store::open(options->store));
      HAINA_TRY(const std::string secret, new_key());
      key.hash = hash_of_key(secret);
      HAINA_OK(store.add_key(key));
      return print(secret + "\n");
    };
  });

  add_rotate(*command, options, chosen);
  add_list(*command, options, terminal, chosen);

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
