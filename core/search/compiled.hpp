#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fhir/datetime.hpp"
#include "core/fhir/search_param.hpp"
#include "core/fhirpath/program.hpp"
#include "core/search/criteria.hpp"

// The lowered form of criteria: what the compile_*.cpp files write and the match_*.cpp files read.
namespace fhirwall::search {

// `[code]`, `[system]|[code]`, `|[code]`, `[system]|` (FHIR R4 search, section 3.1.1.4.10).
struct TokenValue {
  enum class System : std::uint8_t { kAny, kNone, kGiven };
  System system_is = System::kAny;
  bool any_code = false;  // `[system]|`
  std::string system;
  std::string code;
  std::string folded_system;  // for the wider reading of a negation
  std::string folded_code;
};

struct StringValue {
  std::string text;
  std::string folded;
  std::string spaced;  // folded, every run of spaces and commas as one space: see match_string.cpp
};
enum class StringMode : std::uint8_t { kStartsWith, kExact, kContains };

struct ReferenceValue {
  enum class Form : std::uint8_t {
    kTyped,  // `Type/id`, `Type/id/_history/v`, also under a configured base URL
    kId,     // `id`: of any type that the parameter may refer to
    kText,   // any other reference or a canonical: the identical text
  };
  Form form = Form::kText;
  fhir::TypeId type = fhir::TypeId::kNone;
  std::string id;
  std::string version;
  std::string text;  // as given
  std::string canonical_url;
  std::string canonical_version;
};

// FHIR R4 search, section 3.1.1.4.6.
enum class Prefix : std::uint8_t { kEq, kNe, kGt, kLt, kGe, kLe, kSa, kEb, kAp };
struct DateValue {
  Prefix prefix = Prefix::kEq;
  fhir::Interval interval;
};

// A member of `_compartment=`, `_account=`, `_project=`. A bare UUID has no type and stands for
// any.
struct MembershipValue {
  fhir::TypeId type = fhir::TypeId::kNone;
  std::string id;
};

using ProgramPtr = std::shared_ptr<const fhirpath::Program>;

// The programs of one compartment definition for one resource type (SPEC 5.6).
struct CompartmentPrograms {
  fhir::TypeId compartment = fhir::TypeId::kNone;
  fhir::TypeId resource_type = fhir::TypeId::kNone;
  std::vector<ProgramPtr> programs;
};

// One `name:modifier=value,value`: holds if one of its values does.
struct Clause {
  enum class Kind : std::uint8_t {
    kToken,
    kIdentifier,  // reference parameter with `:identifier`
    kString,
    kUri,
    kReference,
    kDate,
    kMissing,
    kCompartment,
    kAccount,
    kProject,
  };
  Kind kind = Kind::kToken;
  bool negate = false;   // `:not`
  bool missing = false;  // the value of `:missing`
  StringMode mode = StringMode::kStartsWith;
  const fhir::SearchParam* param = nullptr;
  ProgramPtr program;  // null for the three kinds of membership
  std::vector<TokenValue> tokens;
  std::vector<StringValue> strings;  // kString and kUri
  std::vector<ReferenceValue> references;
  std::vector<DateValue> dates;
  std::vector<MembershipValue> members;
  std::vector<CompartmentPrograms> compartments;  // ascending by resource_type
};

class Criteria {
 public:
  fhir::TypeId type = fhir::TypeId::kNone;  // the abstract Resource for `*`
  std::vector<Clause> clauses;
  std::vector<std::string> base_urls;
  std::vector<std::string_view> base_url_views;  // of base_urls
  std::string bound_text;
};

// What one element says about a clause. `kBad`: malformed, unresolved, or of a type that the
// parameter cannot look at: it satisfies no criterion, negated or not (SPEC 5.5).
enum class Verdict : std::uint8_t { kNo, kYes, kBad };

// Two readings of the same values: `kPlain` is the specification's; `kWide` is what must fail for a
// negation to hold (SPEC 5.5): it contains the plain one and the reference's.
enum class Reading : std::uint8_t { kPlain, kWide };

// What matching looks at: one resource, with working memory.
struct MatchContext {
  const Criteria& criteria;
  const json::Document& document;
  json::NodeIndex resource;
  fhir::TypeId type;
  Purpose purpose;
  const Limits& limits;
  Scratch& scratch;
  Error& error;
};

[[nodiscard]] Verdict match_token(MatchContext& context, const fhirpath::Item& item,
                                  const Clause& clause, Reading reading);
[[nodiscard]] Verdict match_identifier(MatchContext& context, const fhirpath::Item& reference,
                                       const Clause& clause);
[[nodiscard]] Verdict match_string(MatchContext& context, const fhirpath::Item& item,
                                   const Clause& clause, Reading reading);
// Copies `text` to `out` with every run of spaces and commas as one space.
void single_spaced(std::string_view text, std::string& out);
[[nodiscard]] Verdict match_uri(MatchContext& context, const fhirpath::Item& item,
                                const Clause& clause, Reading reading);
[[nodiscard]] Verdict match_reference(MatchContext& context, const fhirpath::Item& item,
                                      const Clause& clause, Reading reading);
// The interval of a date, dateTime, instant, Period or Timing; false when there is none.
[[nodiscard]] bool interval_of(MatchContext& context, const fhirpath::Item& item,
                               fhir::Interval& out);
[[nodiscard]] bool date_holds(const DateValue& value, const fhir::Interval& target);
// Membership clauses: kCompartment, kAccount, kProject, negated or not.
[[nodiscard]] bool match_membership(MatchContext& context, const Clause& clause);

// The program of a search parameter for one type. Programs come from constant tables alone, so they
// are shared by every policy of the process (SPEC P7: nothing in them is about a user).
[[nodiscard]] fhirpath::CompileResult program_for(const fhir::SearchParam& param,
                                                  fhir::TypeId type);
// Every (compartment, resource type) pair that a value of `compartment` (kNone: any) must look at.
[[nodiscard]] std::vector<CompartmentPrograms> compartment_programs(fhir::TypeId compartment,
                                                                    fhir::TypeId type);

}  // namespace fhirwall::search
