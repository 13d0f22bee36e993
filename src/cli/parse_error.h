// What is wrong with a command line, as an error with "did you mean".
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>

#include "base/error.h"

namespace haina {

// args: without the program's name. kInvalidArgument; `error` is what the parser threw for them.
Error explain_parse_error(const CLI::App& app, std::span<const std::string> args, const CLI::ParseError& error);

}  // namespace haina
