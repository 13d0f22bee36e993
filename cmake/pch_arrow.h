// Precompiled for files that read and write tables: adds Arrow.
#pragma once
#include <arrow/api.h>

#include "pch_tensor.h"
