#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine.hpp"
#include "tests/properties/reading.hpp"

namespace fhirwall::properties {

// Two bodies under one policy, and how they are written.
struct Case {
  Node policy;  // the compile input
  Interaction interaction = Interaction::kRead;
  BodyKind kind = BodyKind::kResource;
  Style style;
  Node requests;             // of a batch
  bool ends_line = false;    // a new line behind the last line
  std::uint64_t chunks = 0;  // seeds how streams are split
  Node a;
  Node b;
};
[[nodiscard]] std::string text_of(const Case& one, const Node& body);

// Stands in for the engine, to show that the checks notice one that does nothing right.
enum class Stub : std::uint8_t { kNone, kNothing, kEmptyObject, kInput, kError };

// What one body was answered with, by name of the call.
struct Answer {
  std::string call;
  std::string text;
};

struct Failure {
  std::string what;
  std::string a;
  std::string b;
};

// How much was asked, so that a run that proves nothing is noticed.
struct Measure {
  std::uint64_t pairs = 0;
  std::uint64_t released = 0;   // the answer is not empty
  std::uint64_t different = 0;  // the two texts differ
  std::uint64_t cut = 0;        // something was released, and something was not
  std::uint64_t out_bytes = 0;
  std::uint64_t view_bytes = 0;  // what could have been released
  void add(const Measure& other);
};

class Checker {
 public:
  explicit Checker(Stub stub = Stub::kNone) : stub_(stub) {}

  // The policy of the cases that follow. False: it does not compile.
  bool use(const Node& policy);
  // nullopt: the pair holds, or it is none: then `measure` stays empty.
  [[nodiscard]] std::optional<Failure> check(const Case& one, Measure& measure);
  [[nodiscard]] const Policy& policy() const { return *policy_; }

 private:
  [[nodiscard]] std::vector<Answer> answers(const Case& one, const std::string& text,
                                            std::uint64_t chunks);
  [[nodiscard]] std::string stream(const Case& one, std::string_view text, std::uint64_t chunks);

  Stub stub_;
  Engine engine_;
  std::shared_ptr<const policy::CompiledPolicy> compiled_;
  std::optional<Policy> policy_;
};

}  // namespace fhirwall::properties
