#include "engine/engine.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "base/log.h"
#include "engine/engine_state.h"
#include "recommend/few_events.h"
#include "recommend/rules.h"

namespace haina {
namespace {

std::atomic<uint64_t> engines_made = 0;

}  // namespace

Engine::Engine(Config config, Dataset dataset, Model model, std::vector<Goal> goals, SeenRules seen_rules)
    : number_(++engines_made),
      config_(std::move(config)),
      dataset_(std::move(dataset)),
      model_(std::move(model)),
      goals_(std::move(goals)),
      seen_rules_(std::move(seen_rules)),
      has_few_events_(has_few_events(dataset_)),
      ratings_(rating_range(dataset_, goals_)),
      text_index_(TextIndex::of(dataset_)),
      states_(dataset_),
      live_(std::make_unique<Live>()) {
  live_->hidden = at::zeros({dataset_.items.size()}, at::kBool);
  live_->dataset_events = at::bincount(dataset_.events.item, {}, dataset_.items.size());
}

Engine::Engine(Engine&&) noexcept = default;
Engine::~Engine() = default;

Result<Engine> Engine::make(const Config& config, Dataset dataset, Model model, int64_t trained_until) {
  HAINA_TRY(std::vector<Goal> goals, parse_goals(config));
  HAINA_TRY(SeenRules seen, SeenRules::make(config.serve, dataset, goals));
  for (const std::string& action : seen.unused_names()) {
    log_warning(fmt::format("[serve] exclude_seen names '{}', an action that no event has yet", action));
  }
  Engine engine(config, std::move(dataset), std::move(model), std::move(goals), std::move(seen));
  engine.trained_until_ = trained_until;
  HAINA_OK(engine.refresh(engine.live_->added, {}));
  return engine;
}

Engine::View Engine::view() const {
  const std::shared_lock lock(live_->mutex);
  return {Catalog(dataset_, live_->added), live_->rules, live_->hidden, live_->content, live_->removed};
}

Engine::LiveUser Engine::live_user(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return found == live_->users.end() ? LiveUser() : found->second;
}

// Publishes added items together with the rules compiled for them.
Status Engine::refresh(std::shared_ptr<const AddedItems> added, std::vector<RuleConfig> rules,
                       std::optional<std::span<const int32_t>> changed) {
  ServeConfig serve = config_.serve;
  serve.rules.insert(serve.rules.end(), rules.begin(), rules.end());
  const Catalog catalog(dataset_, added);
  const std::shared_ptr<const Rules> before = view().rules;
  HAINA_TRY(Rules compiled,
            changed && before ? update_rules(*before, serve, catalog, *changed) : compile_rules(serve, catalog));
  const std::unique_lock lock(live_->mutex);
  if (const int64_t more = catalog.size() - live_->hidden.size(0); more > 0) {
    live_->hidden = at::cat({live_->hidden, at::zeros({more}, at::kBool)});
  }
  live_->added = std::move(added);
  live_->rules = std::make_shared<const Rules>(std::move(compiled));
  live_->api_rules = std::move(rules);
  live_->content = std::make_shared<const LazyContentIndex>(live_->hidden);  // of the catalog as it is now
  ++live_->catalog_version;
  return ok();
}

Status Engine::set_rules(const std::vector<RuleConfig>& rules) {
  std::shared_ptr<const AddedItems> added;
  {
    const std::shared_lock lock(live_->mutex);
    added = live_->added;
  }
  return refresh(std::move(added), rules);
}

uint64_t Engine::version_of(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  return uint64_t{live_->catalog_version} << 32U | (found == live_->users.end() ? 0 : found->second.version);
}

bool Engine::lists_change_with_time() const {
  const std::shared_lock lock(live_->mutex);
  return seen_rules_.has_ages() || (live_->rules != nullptr && !live_->rules->dates.empty());
}

Engine::Sizes Engine::sizes() const {
  const std::shared_lock lock(live_->mutex);
  return {.users = std::ssize(live_->users),
          .items = live_->added->size(),
          .waiting_events = static_cast<int64_t>(live_->waiting.size())};
}

bool Engine::knows(const std::string& user) const {
  const std::shared_lock lock(live_->mutex);
  const auto found = live_->users.find(user);
  const bool is_live = found != live_->users.end();
  return (is_live && found->second.has_anything()) ||
         (dataset_.users.find(user) && !(is_live && found->second.forgotten));
}

bool Engine::has_item(const std::string& item) const { return view().find(item).has_value(); }

}  // namespace haina
