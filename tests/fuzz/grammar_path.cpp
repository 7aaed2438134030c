// layer: grammar/path
// Element paths: steps cover the text in order, and what is accepted reads the same when written
// canonically.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/path/dump.hpp"
#include "grammar/path/parse.hpp"

namespace {

using namespace fhirwall::grammar::path;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string text_of(const Path& path) {
  std::string text;
  for (const Step& step : path.steps) {
    Path one;
    one.steps.push_back(step);
    const std::string tree = dump(one);  // `(path step)`
    text += text.empty() ? "" : ".";
    text += tree.substr(6, tree.size() - 7);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text);
  if (!parsed.ok()) {
    check(parsed.error().offset <= size && !parsed.error().expected.empty());
    return 0;
  }
  std::uint32_t at = 0;
  for (const Step& step : parsed.value().steps) {
    check(step.span.begin == at && step.span.end > at && !step.name.empty());
    at = step.span.end + 1;  // the dot
  }
  check(at == size + 1);
  const auto again = parse(text_of(parsed.value()), {1 << 20, 32});
  check(again.ok() && again.value() == parsed.value());
  return 0;
}
