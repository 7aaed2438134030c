#include "core/search/nearest.hpp"

#include <algorithm>
#include <array>

#include "core/base/ascii.hpp"
#include "core/fhir/search_param.hpp"

namespace fhirwall::search {
namespace {

constexpr std::size_t kMaxName = 48;

// How many letters must be put in, taken out or changed, ignoring case; `-` and `_` are alike.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto plain = [](char c) { return c == '_' ? '-' : ascii::to_lower(c); };
  std::array<std::size_t, kMaxName + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (plain(a[i - 1]) == plain(b[j - 1]) ? 0U : 1U);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_param(fhir::TypeId type, std::string_view name, const Custom* custom) {
  std::string_view best;
  // A third of the letters may be wrong.
  std::size_t limit = name.size() / 3 + 1;
  const auto consider = [&](std::string_view code) {
    const std::size_t apart =
        std::max(name.size(), code.size()) > kMaxName ? limit : distance(name, code);
    if (apart < limit) {
      limit = apart;
      best = code;
    }
  };
  for (const fhir::SearchParam* param : fhir::search_params(type)) {
    consider(param->code);
  }
  if (custom != nullptr) {
    for (const CustomParam& param : custom->params) {
      if (param.base_of(type) != nullptr) {
        consider(param.code);
      }
    }
  }
  return best;
}

}  // namespace fhirwall::search
