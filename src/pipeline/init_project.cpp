#include "pipeline/init_project.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "data/inference/infer_schema.h"
#include "pipeline/init_survey.h"
#include "text/action_words.h"
#include "text/name_words.h"

namespace haina {
namespace {

bool is_log(const InitSource& source) { return source.inferred.kind == SourceKind::kEvents && !source.inferred.tagged; }

// ActionWord::wish of a name; below all of them where no word is known.
int wish_of(const std::string& action) {
  const std::optional<ActionWord> known = action_word(action);
  return known ? known->wish : -2;
}

// Words of a file's name without those that name the part.
std::vector<std::string> words_of_part(const InitSource& source) {
  std::vector<std::string> words = name_words(source.name);
  std::erase_if(words, [](const std::string& word) { return part_of_word(word).has_value(); });
  return words;
}

// What the sources of events show together.
struct EventSummary {
  int64_t sources = 0;  // without those that assign tags
  std::vector<std::string> names = {};
  std::vector<std::string> goals = {};
  std::vector<std::string> without_goal = {};  // sources whose rows meet none of them
  std::set<std::string> actions = {};
  std::string tag_source = {};
  std::set<Part> parts = {};
  bool all_have_times = true;
  bool in_time_order = false;
  bool split_by_files() const { return parts.contains(Part::kTrain) && parts.contains(Part::kTest); }
};

EventSummary summarize_events(const std::vector<InitSource>& sources) {
  EventSummary events;
  for (const InitSource& source : sources) {
    const InferredSource& inferred = source.inferred;
    if (!is_log(source)) {
      const bool tags = inferred.kind == SourceKind::kEvents && inferred.tagged;
      events.tag_source = tags && events.tag_source.empty() ? source.name : events.tag_source;
      continue;
    }
    ++events.sources;
    events.names.push_back(source.name);
    events.parts.insert(inferred.part);
    events.all_have_times = events.all_have_times && !inferred.time.empty();
    events.in_time_order = events.in_time_order || source.preview.in_time_order;
    if (!inferred.goal.empty() && std::ranges::find(events.goals, inferred.goal) == events.goals.end()) {
      events.goals.push_back(inferred.goal);
    } else if (inferred.goal.empty()) {
      events.without_goal.push_back(source.name);
    }
    events.actions.insert(inferred.actions.begin(), inferred.actions.end());
  }
  return events;
}

std::string toml_of(const std::vector<std::string>& goal) { return goal.empty() ? "[]" : toml_list(goal); }

// Every action is a goal but those that reject an item; and the question which ones.
std::vector<std::string> goal_of_actions(const EventSummary& events, const DoubtAnswers& answers,
                                         std::vector<Doubt>& doubts) {
  std::vector<std::string> wanted, rejecting, bought;
  for (const std::string& action : events.actions) {
    const int wish = wish_of(action);
    (wish == -1 ? rejecting : wanted).push_back(action);
    if (wish == 3) {
      bought.push_back(action);
    }
  }
  const bool some = !rejecting.empty() && !wanted.empty();
  Doubt doubt = {Spoils::kGoal,
                 fmt::format("goal: every action {}counts equally; name the actions that are the goal, out of {}",
                             some ? fmt::format("but {} ", fmt::join(rejecting, ", ")) : "",
                             toml_list({events.actions.begin(), events.actions.end()})),
                 "",
                 "goal:actions",
                 {{"every one of " + toml_list(wanted), ""}}};
  for (const std::string& action : bought.empty() ? wanted : bought) {
    doubt.choices.push_back({fmt::format("only '{}'", action), action});
  }
  doubts.push_back(doubt);
  if (const auto answer = answers.find("goal:actions"); answer != answers.end() && !answer->second.empty()) {
    return {answer->second};
  }
  return some ? wanted : std::vector<std::string>{};
}

std::vector<std::string> infer_goal_of_project(const EventSummary& events, const DoubtAnswers& answers,
                                               std::vector<Doubt>& doubts) {
  std::vector<std::string> goal = events.goals;
  if (!events.actions.empty()) {
    const std::vector<std::string> actions = goal_of_actions(events, answers, doubts);
    goal.insert(goal.end(), actions.begin(), actions.end());
  }
  if (goal.empty() && !events.tag_source.empty() && !events.names.empty()) {
    goal = events.split_by_files() ? std::vector<std::string>{"interaction"} : events.names;
    doubts.push_back(
        {Spoils::kGoal,
         fmt::format("goal: the tags in '{}' describe items, so assigning one is not a goal", events.tag_source)});
  } else if (!events.goals.empty() && !events.without_goal.empty()) {
    doubts.push_back(
        {Spoils::kGoal,
         fmt::format("goal: rows of {} have no such value and are no goals; if they are wanted too, add the "
                     "source's name to {}",
                     fmt::join(events.without_goal, ", "), toml_of(goal))});
  }
  return goal;
}

}  // namespace

void name_actions_of_parts(std::vector<InitSource>& sources, std::vector<Doubt>& doubts) {
  std::vector<InitSource*> parts;
  std::map<std::string, int64_t> words;  // of the training files
  int64_t training = 0;
  for (InitSource& source : sources) {
    if (is_log(source) && source.inferred.part != Part::kAll && source.inferred.actions.empty()) {
      parts.push_back(&source);
      if (source.inferred.part == Part::kTrain) {
        ++training;
        const std::vector<std::string> own = words_of_part(source);
        for (const std::string& word : std::set<std::string>(own.begin(), own.end())) {
          ++words[word];
        }
      }
    }
  }
  std::string nearest;  // to buying, of the training files
  for (InitSource* const source : parts) {
    std::vector<std::string> own = words_of_part(*source);
    std::erase_if(own, [&](const std::string& word) { return words[word] == training || training < 2; });
    source->inferred.action = own.empty() ? "interaction" : fmt::format("{}", fmt::join(own, "_"));
    const bool nearer = source->inferred.part == Part::kTrain && !own.empty() &&
                        (nearest.empty() || wish_of(source->inferred.action) > wish_of(nearest));
    nearest = nearer ? source->inferred.action : nearest;
  }
  for (InitSource* const source : parts) {
    if (!nearest.empty() && source->inferred.part != Part::kTrain && source->inferred.action == "interaction") {
      source->inferred.action = nearest;
      doubts.push_back({.spoils = Spoils::kGoal,
                        .text = fmt::format("no action is named; its rows are taken for '{}'", nearest),
                        .file = shown_file(*source)});
    }
  }
}

InitProject infer_project(const std::vector<InitSource>& sources, const DoubtAnswers& answers,
                          std::vector<Doubt>& doubts) {
  const EventSummary events = summarize_events(sources);
  const bool by_files = events.split_by_files();
  if (!by_files && (events.parts.contains(Part::kTest) || events.parts.contains(Part::kValidation))) {
    doubts.push_back(
        {Spoils::kTime,
         "split: there are files called test or valid and none called train, so all events are split anew"});
  }
  InitProject project = {.goal = infer_goal_of_project(events, answers, doubts), .tag_source = events.tag_source};
  project.split = by_files                                      ? "files"
                  : events.all_have_times && events.sources > 0 ? "time"
                  : events.in_time_order                        ? "leave_last"
                                                                : "random";
  if (project.split == "random" && events.sources > 0) {
    doubts.push_back(
        {Spoils::kTime,
         "split: not every event has a time, so the order of rows says nothing and the test part is a random share of "
         "the events; if each user's rows stand in the order in which the events happened, set order = \"rows\" in "
         "the [[source]] and [split] by = \"leave_last\""});
  }
  return project;
}

}  // namespace haina
