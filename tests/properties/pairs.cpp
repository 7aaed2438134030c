#include "tests/properties/pairs.hpp"

#include "tests/properties/mutate.hpp"

namespace fhirwall::properties {
namespace {

const Style kStyles[] = {
    {"", "", ":", ","},     {"", "", ": ", ", "},         {"\n", "  ", ": ", ","},
    {"\n", "\t", ":", ","}, {"\r\n", "    ", " : ", ","}, {"\n", "", ": ", ","},
};

}  // namespace

Pairs::Pairs(Random& random, Checker& checker) : random_(random), checker_(checker) {
  case_.policy = random_policy(random);
  usable_ = checker.use(case_.policy);
}

bool Pairs::next_body() {
  const std::uint32_t kind = random_.below(100);
  case_.kind = kind < 15 ? BodyKind::kLines : kind < 25 ? BodyKind::kBatch : BodyKind::kResource;
  case_.interaction =
      random_.pick({Interaction::kRead, Interaction::kRead, Interaction::kSearch,
                    Interaction::kSearch, Interaction::kHistory, Interaction::kVread});
  if (case_.kind == BodyKind::kBatch) {
    case_.interaction = Interaction::kRead;  // each entry has its own
  }
  const bool one_line = case_.kind == BodyKind::kLines || random_.chance(50);
  case_.style = kStyles[random_.below(one_line ? 2 : std::size(kStyles))];
  case_.ends_line = random_.chance(70);
  case_.chunks = random_.below(1000000);
  Generator generator(random_, case_.policy);
  case_.a = generator.body(case_.kind, case_.interaction, case_.requests);
  if (random_.chance(30)) {
    generator.escape(case_.a, 8);
  }
  Reading reading(checker_.policy(), case_.interaction);
  reading.mark(case_.a, case_.kind, case_.requests);
  return !reading.uncertain();
}

const Case& Pairs::next_pair() {
  Generator generator(random_, case_.policy);
  Mutator mutator(random_, generator, checker_.policy(), case_.kind, case_.interaction,
                  case_.requests);
  case_.b = mutator.mutated(case_.a, 1 + static_cast<int>(random_.below(8)));
  return case_;
}

}  // namespace fhirwall::properties
