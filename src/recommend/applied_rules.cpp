#include "recommend/applied_rules.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "recommend/rerank.h"

namespace haina {
namespace {

// The rules that gave the chosen items their places. scores: with boosts, without items that may not be listed.
class RulesAtWork {
 public:
  RulesAtWork(const Rules& rules, const at::Tensor& scores, const std::vector<int32_t>& chosen, const Catalog& catalog)
      : rules_(rules), catalog_(catalog) {
    const bool has_quota = std::ranges::any_of(rules.configured, [](const RuleConfig& rule) {
      return rule.effect == RuleEffect::kQuota && rule.at_least > 0;
    });
    if (has_quota) {
      const std::vector<int32_t> best = rerank(scores, std::ssize(chosen), {}, {});
      by_score_.insert(best.begin(), best.end());
    }
  }
  std::vector<AppliedRule> of(int32_t item) const {
    std::vector<AppliedRule> applied;
    for (size_t r = 0; r < rules_.configured.size(); ++r) {
      const RuleConfig& rule = rules_.configured[r];
      if (concerns(rule, rules_.members[r], item)) {
        applied.push_back({.name = rule.name, .effect = rule.effect, .by = rule.by, .position = rule.position});
      }
    }
    std::ranges::stable_partition(applied, [](const AppliedRule& rule) { return rule.effect == RuleEffect::kPin; });
    return applied;
  }

 private:
  bool concerns(const RuleConfig& rule, const at::Tensor& members, int32_t item) const {
    if (rule.effect == RuleEffect::kPin) {
      return rule.item == catalog_.id(item);
    }
    const bool is_member = members.defined() && members.const_data_ptr<bool>()[item];
    return is_member && (rule.effect == RuleEffect::kBoost ||
                         (rule.effect == RuleEffect::kQuota && rule.at_least > 0 && !by_score_.contains(item)));
  }

  const Rules& rules_;
  const Catalog& catalog_;
  std::set<int32_t> by_score_;  // what the scores alone would list
};

// "pinned to place 1 by rule 'first'"
std::string rule_text(const AppliedRule& rule) {
  if (rule.effect == RuleEffect::kPin) {
    return fmt::format("pinned to place {} by rule '{}'", rule.position, rule.name);
  }
  if (rule.effect == RuleEffect::kBoost) {
    return fmt::format("{} by rule '{}'", rule.by < 0 ? "lowered" : "raised", rule.name);
  }
  return fmt::format("wanted by rule '{}'", rule.name);
}

}  // namespace

void add_applied_rules(const Rules& rules, const Catalog& catalog, const at::Tensor& scores,
                       const std::vector<int32_t>& chosen, std::vector<RecommendedItem>& items) {
  if (rules.configured.empty()) {
    return;
  }
  const RulesAtWork at_work(rules, scores, chosen, catalog);
  for (size_t i = 0; i < items.size(); ++i) {
    Explanation& explanation = *items[i].explanation;
    explanation.rules = at_work.of(chosen[i]);
    std::vector<std::string> texts;
    for (const AppliedRule& rule : explanation.rules) {
      texts.push_back(rule_text(rule));
    }
    if (!texts.empty()) {
      texts.push_back(std::move(explanation.text));
      explanation.text = fmt::format("{}", fmt::join(texts, "; "));
    }
  }
}

}  // namespace haina
