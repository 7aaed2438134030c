// layer: core/filter
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.hpp"
#include "core/filter/filter.hpp"
#include "core/json/document.hpp"
#include "core/policy/compiled_policy.hpp"

// The first byte chooses a policy and an interaction, the rest is any body; of a batch, the request
// on one line and the answer behind it. Invariants: nothing of a denied or refused body comes out;
// what comes out is JSON, and each of its tokens is one of the input, in order, or of a fixed
// literal (SPEC P4); in place the same comes out; a second call lets no more out, and the same
// where no criterion can look at what was cut.
namespace {

using namespace fhirwall;
using policy::Interaction;

struct Choice {
  const char* policy;
  bool stable;           // deciding again gives the same
  bool inserts = false;  // marks and masks (SPEC 7.8)
};
const Choice kChoices[] = {
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"*"}]}]})j", true},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Patient","hiddenFields":["name","contact.telecom.value","birthDate"]},
         {"resourceType":"*","hiddenFields":["meta.tag","language"]}]}]})j",
     true},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name","active"]},
         {"resourceType":"Observation","criteria":"Observation?status=final","hiddenFields":["value[x]"]},
         {"resourceType":"Bundle"},{"resourceType":"Parameters"},{"resourceType":"OperationOutcome"},
         {"resourceType":"Practitioner","hiddenFields":["name.given","identifier"]}]}]})j",
     false},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Patient","hiddenFields":["extension('a')","name.given.extension"]},
         {"resourceType":"Observation"},{"resourceType":"Bundle","hiddenFields":["entry.fullUrl"]},
         {"resourceType":"Parameters","hiddenFields":["parameter.value[x]"]}]}],
         "options":{"closure":"fields-only","unknownElements":"keep"}})j",
     true},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Observation","hiddenFields":["component.code.coding.display"]},
         {"resourceType":"Bundle"},{"resourceType":"Composition","hiddenFields":["title"]}]}],
         "options":{"contained":"policy","displays":"keep"}})j",
     true},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Observation","interaction":["search"]},{"resourceType":"Bundle"},
         {"resourceType":"Patient","criteria":"Patient?_compartment=Patient/1"}]}],
         "options":{"contained":"keep","extendedMeta":true}})j",
     false},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Patient","hiddenFields":["name","birthDate","meta.tag"]},
         {"resourceType":"*"}]}],"options":{"absent":"mask","mark":"subsetted"}})j",
     false, true},
    {R"j({"policies":[{"resourceType":"AccessPolicy","resource":[
         {"resourceType":"Patient","hiddenFields":["name.family","birthDate","meta"]},
         {"resourceType":"*"}]}],"options":{"absent":"mask","mark":"redacted"}})j",
     false, true},
};
// Put in for what was cut (SPEC 7.5, 8.2).
const char* const kLiterals[] = {"null", R"({"response":{"status":"403"}})"};
// The tokens of marks and masks, each by itself, since where they stand is the policy's.
constexpr std::string_view kInserted =
    R"({}[],:"extension""url""http://hl7.org/fhir/StructureDefinition/data-absent-reason")"
    R"("valueCode""masked""meta""tag""security""system""code""SUBSETTED""REDACTED")"
    R"("http://terminology.hl7.org/CodeSystem/v3-ObservationValue")"
    R"("name""family""_family""_birthDate")";

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
  }
}

// A text in a block of its exact size, so that a byte read behind the padding is noticed.
class Text {
 public:
  explicit Text(std::string_view text)
      : block_(new char[text.size() + json::kPadding]()), size_(text.size()) {
    std::copy(text.begin(), text.end(), block_.get());
  }
  [[nodiscard]] std::string_view view() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

// Strings, numbers and words; everything else is a token of one byte.
std::vector<std::string_view> tokens(std::string_view json) {
  std::vector<std::string_view> found;
  for (std::size_t at = 0; at < json.size();) {
    std::size_t end = at + 1;
    if (json[at] == '"') {
      while (end < json.size() && json[end] != '"') {
        end += json[end] == '\\' ? 2 : 1;
      }
      end = std::min(end + 1, json.size());
    } else if (std::string_view("{}[],: \t\r\n").find(json[at]) == std::string_view::npos) {
      end = std::min(json.find_first_of("{}[],:\" \t\r\n", at), json.size());
    }
    found.push_back(json.substr(at, end - at));
    at = end;
  }
  return found;
}

// Is `wanted` the token `given`, or a url that lost its query (SPEC 8.2)?
bool is_left_of_token(std::string_view wanted, std::string_view given) {
  if (wanted == given) {
    return true;
  }
  if (wanted.size() < 2 || wanted.front() != '"' || given.size() <= wanted.size()) {
    return false;
  }
  wanted.remove_suffix(1);
  const std::string_view query = given.substr(wanted.size());
  return given.starts_with(wanted) &&
         (query.front() == '?' || query.starts_with("\\u003f") || query.starts_with("\\u003F"));
}

// Is `part` what is left of `whole`, with literals in between? least[i]: how much of `whole` the
// first i tokens need at the least.
bool is_left_of(std::string_view part, std::string_view whole, bool inserts) {
  const std::vector<std::string_view> wanted = tokens(part);
  const std::vector<std::string_view> given = tokens(whole);
  static const std::vector<std::vector<std::string_view>> kPutIn = {tokens(kLiterals[0]),
                                                                    tokens(kLiterals[1])};
  const std::size_t never = given.size() + 1;
  std::vector<std::size_t> least(wanted.size() + 1, never);
  least[0] = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (least[i] == never) {
      continue;
    }
    for (std::size_t at = least[i]; at < given.size(); ++at) {
      if (is_left_of_token(wanted[i], given[at])) {
        least[i + 1] = std::min(least[i + 1], at + 1);
        break;
      }
    }
    static const std::vector<std::string_view> kTokens = tokens(kInserted);
    if (inserts && std::find(kTokens.begin(), kTokens.end(), wanted[i]) != kTokens.end()) {
      least[i + 1] = std::min(least[i + 1], least[i]);
    }
    for (const auto& literal : kPutIn) {
      if (literal.size() <= wanted.size() - i &&
          std::equal(literal.begin(), literal.end(),
                     wanted.begin() + static_cast<std::ptrdiff_t>(i))) {
        std::size_t& behind = least[i + literal.size()];
        behind = std::min(behind, least[i]);
      }
    }
  }
  return least.back() != never;
}

bool parses(std::string_view json) {
  const Text text(json);
  json::Parser parser;
  return !parser.parse(text.view(), Limits{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  static std::shared_ptr<const policy::CompiledPolicy> compiled[std::size(kChoices)];
  const std::size_t index = data[0] % std::size(kChoices);
  if (!compiled[index]) {
    compiled[index] = policy::compile(kChoices[index].policy, Limits{}).policy;
  }
  require(compiled[index] != nullptr, "the policies compile");
  const policy::CompiledPolicy& policy = *compiled[index];
  constexpr int kInteractions = static_cast<int>(Interaction::kDelete) + 1;
  const int asked_for = data[0] / static_cast<int>(std::size(kChoices)) % (kInteractions + 1);
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string_view request;
  if (asked_for == kInteractions) {
    const std::size_t line = rest.find('\n');
    if (line == std::string_view::npos) {
      return 0;
    }
    request = rest.substr(0, line);
    rest.remove_prefix(line + 1);
  }
  const Text requests(request);
  const filter::Asked asked = asked_for == kInteractions
                                  ? filter::Asked::batch(requests.view())
                                  : filter::Asked(static_cast<Interaction>(asked_for));
  const Text body(rest);
  static filter::Context context;
  std::string out;
  bool allowed = false;
  const Error error = context.redact(policy, asked, body.view(), out, allowed);
  require(!(error && allowed), "what is refused is not allowed");
  if (!allowed) {
    require(out.empty(), "nothing of it comes out");
    return 0;
  }
  require(parses(out), "what comes out is JSON");
  require(is_left_of(out, body.view(), kChoices[index].inserts),
          "what comes out is left of what went in");

  std::string copy(body.view());
  copy.append(json::kPadding, '\0');
  std::string elsewhere;
  std::string_view released;
  const Error moved = context.redact_in_place(policy, asked, {copy.data(), rest.size()}, elsewhere,
                                              released, allowed);
  require(!moved && allowed && released == out, "in place the same comes out");

  const Text first(out);
  std::string second;
  const Error refused = context.redact(policy, asked, first.view(), second, allowed);
  require(kChoices[index].inserts || second.size() <= out.size(), "a second call lets no more out");
  if (kChoices[index].stable) {
    require(!refused && allowed && second == out, "a second call changes nothing");
  }
  return 0;
}
