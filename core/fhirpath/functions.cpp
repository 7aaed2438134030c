#include "core/fhirpath/functions.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace fhirwall::fhirpath {
namespace {

using Table = std::span<const Function> (*)();

constexpr std::array<Table, 16> kTables = {
    existence_functions,  filtering_functions, subsetting_functions, combining_functions,
    conversion_functions, string_functions,    regex_functions,      encoding_functions,
    math_functions,       tree_functions,      utility_functions,    type_functions,
    boolean_functions,    aggregate_functions, temporal_functions,   fhir_functions,
};

// Edits that turn one name into the other, up to 3.
std::size_t distance(std::string_view a, std::string_view b) {
  constexpr std::size_t kMax = 32;
  if (a.size() >= kMax || b.size() >= kMax) {
    return kMax;
  }
  std::array<std::size_t, kMax> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

const Function& function_at(std::uint8_t index) {
  std::size_t position = index;
  for (const Table table : kTables) {
    const std::span<const Function> functions = table();
    if (position < functions.size()) {
      return functions[position];
    }
    position -= functions.size();
  }
  return kTables[0]()[0];  // no program holds such an index
}

int find_function(std::string_view name) {
  int position = 0;
  for (const Table table : kTables) {
    for (const Function& function : table()) {
      if (function.name == name) {
        return position;
      }
      ++position;
    }
  }
  return -1;
}

std::string_view nearest_function(std::string_view name) {
  std::string_view nearest;
  std::size_t least = 3;  // more edits than two is another word
  for (const Table table : kTables) {
    for (const Function& function : table()) {
      const std::size_t edits = distance(name, function.name);
      if (edits < least && edits < function.name.size()) {
        least = edits;
        nearest = function.name;
      }
    }
  }
  return nearest;
}

}  // namespace fhirwall::fhirpath
