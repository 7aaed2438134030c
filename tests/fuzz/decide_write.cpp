// layer: core/decide
// A write by a fixed policy: the stored version and what is submitted, or a patch, from lines of
// the bytes. What is allowed is a resource of the same type and id, keeps what is protected, and is
// allowed again, unchanged, when it is stored and sent back as it was shown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/decide/judge.hpp"
#include "core/decide/write.hpp"
#include "core/redact/redactor.hpp"

namespace {

using namespace fhirwall;
using policy::Interaction;

constexpr std::string_view kPolicies[] = {
    R"j({"policies":[{"resourceType":"AccessPolicy","compartment":{"reference":"Organization/o"},"resource":[{"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["birthDate","name.given","extension('a')"],"readonlyFields":["gender","deceased[x]"],"writeConstraint":[{"language":"text/fhirpath","expression":"%after.name.count() < 4"}]},{"resourceType":"Patient","hiddenFields":["birthDate"],"readonlyFields":["gender"]},{"resourceType":"*"}]}]})j",
    R"j({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient","criteria":"Patient?gender=male","readonlyFields":["name"]},{"resourceType":"Patient","criteria":"Patient?gender=female","hiddenFields":["birthDate"]},{"resourceType":"Observation","hiddenFields":["value[x]"],"readonlyFields":["code.coding.code"]}]}],"options":{"readonlyConflict":"restore"}})j",
    R"j({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient","hiddenFields":["birthDate","name.given"],"readonlyFields":["gender"]},{"resourceType":"Observation"},{"resourceType":"Bundle"},{"resourceType":"Device","hiddenFields":["note","meta.tag"]}]}],"options":{"mark":"subsetted","absent":"mask"}})j"};

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

class Text {
 public:
  explicit Text(std::string_view text) : bytes_(text), size_(text.size()) {
    bytes_.append(json::kPadding, '\0');
  }
  [[nodiscard]] std::string_view view() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::string bytes_;
  std::size_t size_;
};

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// The value of a member at the root as it stands there; empty without.
std::string member(std::string_view resource, std::string_view key) {
  const Text text(resource);
  json::Parser parser;
  if (parser.parse(text.view(), Limits{})) {
    return {};
  }
  const json::NodeIndex node = parser.document().find(0, key);
  return node == json::kNoNode ? std::string() : std::string(parser.document().raw(node));
}

// What a read of the resource gives; empty: it is denied, or no resource.
std::string shown(const policy::CompiledPolicy& compiled, std::string_view resource) {
  const Text text(resource);
  json::Parser parser;
  if (parser.parse(text.view(), Limits{}) || !parser.document().is_object(0)) {
    return {};
  }
  decide::Scratch scratch;
  Error error;
  const decide::Decision decision =
      decide::decide(compiled, Interaction::kRead, parser.document(), 0, scratch, error);
  if (error || !decision.allowed) {
    return {};
  }
  decide::PolicyJudge judge(compiled, scratch);
  redact::Redactor redactor;
  redact::Edits edits;
  redactor.redact(parser.document(), 0, *decision.plan, edits, compiled.closure.get(), &judge);
  std::string out;
  edits.apply(text.view(), 0, static_cast<std::uint32_t>(text.view().size()), out);
  return judge.error() ? std::string() : out;
}

// What was shown is sent back: nothing speaks against it (SPEC 9.2).
void check_echo(const policy::CompiledPolicy& compiled, std::string_view before) {
  const std::string sent = shown(compiled, before);
  if (sent.empty()) {
    return;
  }
  const Text stored(before);
  const Text echo(sent);
  decide::WriteRequest request;
  request.before = stored.view();
  request.after = echo.view();
  decide::Scratch scratch;
  decide::Writer writer;
  decide::WriteDecision decision;
  const Error error = writer.check(compiled, request, scratch, decision);
  check(error || (decision.why != decide::WriteReason::kConflict &&
                  decision.why != decide::WriteReason::kAlignment));
  // And what came of it looks as what was stored.
  check(error || !decision.allowed || !shown(compiled, decision.body).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  static const policy::CompileOutcome kCompiled[] = {policy::compile(kPolicies[0], Limits{}),
                                                     policy::compile(kPolicies[1], Limits{}),
                                                     policy::compile(kPolicies[2], Limits{})};
  const unsigned which = (data[0] & 0x10) != 0 ? 2 : data[0] % 2;
  const policy::CompiledPolicy& compiled = *kCompiled[which].policy;
  const bool creates = data[0] % 4 >= 2;
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const Text before(creates ? std::string_view() : next_line(rest));
  const std::string_view change = next_line(rest);
  if (!creates) {
    check_echo(compiled, before.view());
  }
  const Text submitted(change);
  decide::WriteRequest request;
  request.interaction = creates ? Interaction::kCreate : Interaction::kUpdate;
  request.before = before.view();
  const bool patches = !creates && change.starts_with('[');
  (patches ? request.patch : request.after) = submitted.view();

  decide::Scratch scratch;
  decide::Writer writer;
  decide::WriteDecision decision;
  const Error error = writer.check(compiled, request, scratch, decision);
  check(decision.allowed || decision.body.empty());
  if (error || !decision.allowed) {
    check(!error || !decision.allowed);
    return 0;
  }
  const std::string body = decision.body;
  check(!creates || member(body, "id").empty());
  if (!creates) {
    check(member(body, "resourceType").size() > 2);
    for (const std::string_view key : {"birthDate", "gender"}) {
      check(which == 1 || member(body, "resourceType") != "\"Patient\"" ||
            member(body, key) == member(before.view(), key));
    }
    // Stored, and sent back whole: nothing is left to change. What is hidden would be a conflict.
    const Text stored(body);
    request.before = stored.view();
    request.patch = {};
    request.after = {};
    const Text nothing("[]");
    request.patch = nothing.view();
    decide::WriteDecision again;
    check(!writer.check(compiled, request, scratch, again));
    check(!again.allowed || member(again.body, "name") == member(body, "name"));
  }
  return 0;
}
