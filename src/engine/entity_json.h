// The documents in which the store keeps items and users: {"cells": {"movies.genres": ["Drama"]}, "friends": ["7"], …}.
// Reading ignores members of the wrong type.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "engine/engine.h"

namespace haina {

Cells cells_of_document(const std::string& document);
UserUpdate user_of_document(const std::string& document);
nlohmann::json document_of(const Cells& cells);
nlohmann::json document_of(const UserUpdate& update);

}  // namespace haina
