// layer: core/base
// Regular expressions: what the first byte asks for is a pattern and a text as they stand (no
// crash, bounded work, the three ways of matching agree), or ones made from the bytes, which must
// match as ECMAScript defines it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/regex/regex.hpp"
#include "tests/native/core/base/regex_reference.hpp"

namespace {

using fhirwall::Regex;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_made(std::string_view bytes) {
  const auto one = fhirwall::regex_reference::make_case(bytes, 5'000);
  if (!one) {
    return;
  }
  Regex::Options options;
  options.multiline = one->multiline;
  options.dot_matches_newline = false;
  const auto compiled = Regex::compile(one->pattern, options);
  check(compiled.regex.has_value());
  const std::string text = fhirwall::regex_reference::utf8(one->text);
  std::uint64_t budget = 10'000'000;
  check(compiled.regex->search(text, budget) == one->found);
  check(compiled.regex->matches_whole(text, budget) == one->whole);
  std::string replaced;
  check(compiled.regex->replace(text, one->replacement, 100'000, budget, replaced));
  check(replaced == one->replaced);
}

// The pattern ends at the first line break.
void check_given(std::string_view bytes, unsigned flags) {
  const std::size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string pattern(bytes.substr(0, end));
  const std::string text(bytes.substr(std::min(end + 1, bytes.size())));
  const Regex::Options options = {(flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0};
  const auto compiled = Regex::compile(pattern, options);
  if (!compiled.regex) {
    check(compiled.offset <= pattern.size() && !compiled.message.empty());
    return;
  }
  const Regex& regex = *compiled.regex;
  const std::uint64_t most = (text.size() + 1) * (std::uint64_t{Regex::kMaxStates} + 1);
  std::uint64_t budget = most;
  const auto found = regex.search(text, budget);
  check(found.has_value() && budget <= most);
  budget = most;
  const auto whole = regex.matches_whole(text, budget);
  check(whole.has_value() && (!*whole || *found));

  // What is replaced by itself stays; what is replaced by more gets longer.
  std::string same;
  budget = 3'000'000;
  if (regex.replace(text, "$0", text.size(), budget, same)) {
    check(same == text);
    std::string longer;
    budget = 3'000'000;
    check(regex.replace(text, "$0!", 2 * text.size() + 1, budget, longer));
    check((longer.size() > text.size()) == *found);
  } else {
    check(budget == 0);
  }
  std::uint64_t little = text.size() / 2;
  if (!regex.search(text, little)) {
    check(little == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 1) != 0) {
    check_made(bytes);
  } else {
    check_given(bytes, data[0]);
  }
  return 0;
}
