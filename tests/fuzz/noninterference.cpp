// layer: properties
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/properties/pairs.hpp"

// The bytes are the choices: a policy, a body and what is changed in what the policy hides. The
// answers must be the same, byte for byte (SPEC P3).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fhirwall::properties;
  static Checker checker;
  Random random(std::string_view(reinterpret_cast<const char*>(data), size));
  Pairs pairs(random, checker);
  if (!pairs.usable() || !pairs.next_body()) {
    return 0;
  }
  const Case& one = pairs.next_pair();
  Measure measure;
  if (const auto failure = checker.check(one, measure)) {
    std::fprintf(stderr, "%s\n%s\na: %s\nb: %s\nanswer a: %s\nanswer b: %s\n",
                 failure->what.c_str(), written(one.policy).c_str(), text_of(one, one.a).c_str(),
                 text_of(one, one.b).c_str(), failure->a.c_str(), failure->b.c_str());
    __builtin_trap();
  }
  return 0;
}
