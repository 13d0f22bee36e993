#include "cli/parse_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/suggest.h"

namespace haina {
namespace {

// Words under which people look for a command, and what to run.
constexpr auto kOtherWords = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"similar", "run haina recommend --history ITEM for items like that one"},
     {"predict", "run haina recommend --user USER"},
     {"list", "run haina recommend --user USER, or haina models list"},
     {"search", "run haina recommend --query WORDS"},
     {"fit", "run haina train"},
     {"import", "run haina init FOLDER, then haina prepare"},
     {"load", "run haina init FOLDER, then haina prepare"},
     {"clean", "run haina prepare"},
     {"test", "run haina evaluate"},
     {"eval", "run haina evaluate"},
     {"report", "run haina evaluate: it writes report.html"},
     {"start", "run haina serve"},
     {"run", "run haina serve"},
     {"server", "run haina serve"},
     {"config", "run haina help config"},
     {"version", "run haina --version"}});

const CLI::App* find_command(const CLI::App& of, const std::string& name) {
  for (const CLI::App* const sub : of.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == name) {
      return sub;
    }
  }
  return nullptr;
}

std::vector<std::string> command_names(const CLI::App& of) {
  std::vector<std::string> names;
  for (const CLI::App* const sub : of.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(sub->get_name());
  }
  return names;
}

bool takes_value(const CLI::App& command, const std::string& option) {
  const CLI::Option* const found = command.get_option_no_throw(option);
  return found != nullptr && found->get_items_expected_min() > 0;
}

// The deepest command that the arguments name, and the word behind it that should be a command and is none.
struct Named {
  const CLI::App* command;
  std::string path;  // "haina keys"
  std::string unknown;
};
Named named_command(const CLI::App& app, std::span<const std::string> args) {
  Named named = {&app, app.get_name(), ""};
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i].starts_with("-")) {
      i += takes_value(*named.command, args[i]) ? 1 : 0;
      continue;
    }
    if (command_names(*named.command).empty()) {
      break;
    }
    const CLI::App* const next = find_command(*named.command, args[i]);
    if (next == nullptr) {
      named.unknown = args[i];
      break;
    }
    named.command = next;
    named.path += " " + args[i];
  }
  return named;
}

std::vector<std::string> option_names(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* const one : {&command, &app}) {
    for (const CLI::Option* const option : one->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
      if (option->get_lnames().empty()) {
        for (const std::string& name : option->get_snames()) {
          names.push_back("-" + name);
        }
      }
    }
  }
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Error unknown_command(const Named& named) {
  const std::vector<std::string> known = command_names(*named.command);
  std::string hint = did_you_mean(named.unknown, known);
  const auto other = std::ranges::find(kOtherWords, named.unknown, &decltype(kOtherWords)::value_type::first);
  if (other != kOtherWords.end() && named.command->get_parent() == nullptr) {
    hint = fmt::format("{}; {}", other->second, hint.substr(hint.find("known: ")));
  }
  return {ErrorCode::kInvalidArgument, fmt::format("unknown command '{}'", named.unknown), named.path, hint};
}

Error unexpected(const CLI::App& app, const Named& named, const std::string& argument) {
  const std::vector<std::string> options = option_names(app, *named.command);
  if (argument.starts_with("-")) {
    const std::string name = argument.substr(0, argument.find('='));
    return {ErrorCode::kInvalidArgument, fmt::format("unknown option '{}'", name), named.path,
            did_you_mean(name, options)};
  }
  const bool has_user = named.command->get_option_no_throw("--user") != nullptr;
  return {ErrorCode::kInvalidArgument, fmt::format("unexpected argument '{}'", argument), named.path,
          has_user ? fmt::format("did you mean --user {}?", argument)
                   : fmt::format("{} --help shows what it takes", named.path)};
}

}  // namespace

Error explain_parse_error(const CLI::App& app, std::span<const std::string> args, const CLI::ParseError& error) {
  const Named named = named_command(app, args);
  if (!named.unknown.empty()) {
    return unknown_command(named);
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    // The parser names them in no certain order; behind an unknown option stands its value.
    const std::string said = error.what();
    const auto is_extra = [&](const std::string& arg) { return said.find(" " + arg) != std::string::npos; };
    const auto option =
        std::ranges::find_if(args, [&](const std::string& arg) { return arg.starts_with("-") && is_extra(arg); });
    const auto first = option != args.end() ? option : std::ranges::find_if(args, is_extra);
    if (first != args.end()) {
      return unexpected(app, named, *first);
    }
  }
  const std::vector<std::string> commands = command_names(*named.command);
  if (!commands.empty()) {
    std::string list;
    for (const std::string& name : commands) {
      list += (list.empty() ? "" : ", ") + name;
    }
    return {ErrorCode::kInvalidArgument, "no command is given", named.path,
            fmt::format("commands: {}; {} --help explains them", list, named.path)};
  }
  return {ErrorCode::kInvalidArgument, error.what(), named.path,
          fmt::format("{} --help shows its options, and an example", named.path)};
}

}  // namespace haina
