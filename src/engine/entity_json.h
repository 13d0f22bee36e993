// Items and users as the store keeps them: {"cells": {"movies.genres": ["Drama"]}, "friends": ["7"], …}.
#pragma once

#include "engine/engine.h"

namespace haina {

Cells cells_of_document(const std::string& document);
UserSaid user_of_document(const std::string& document);
nlohmann::json document_of(const Cells& cells);
nlohmann::json document_of(const UserSaid& said);

}  // namespace haina
