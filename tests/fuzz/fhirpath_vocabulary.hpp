#pragma once

#include <array>
#include <string_view>

// What built expressions are made of.
namespace fhirwall::fuzz {

namespace texts {

inline constexpr auto kNames = std::to_array<std::string_view>(
    {"name",   "given",   "family",    "use",    "value",        "system", "code",
     "coding", "display", "text",      "period", "start",        "end",    "extension",
     "url",    "id",      "reference", "unit",   "resourceType", "nothing"});
inline constexpr auto kPaths = std::to_array<std::string_view>({"name",
                                                                "name.given",
                                                                "name.family",
                                                                "telecom",
                                                                "identifier",
                                                                "extension",
                                                                "contact.name",
                                                                "contained",
                                                                "generalPractitioner",
                                                                "$this",
                                                                "descendants()",
                                                                "code.coding",
                                                                "component",
                                                                "value",
                                                                "subject",
                                                                "interpretation",
                                                                "deceased",
                                                                "Patient.name",
                                                                "Observation.component.value",
                                                                "meta.tag",
                                                                "{}",
                                                                "%v.name",
                                                                "%list",
                                                                "%resource",
                                                                "(1 | 2 | 'a' | 2.0)",
                                                                "name.given.toChars()",
                                                                "birthDate.extension",
                                                                "Patient",
                                                                "note",
                                                                "maritalStatus.coding",
                                                                "photo",
                                                                "multipleBirth",
                                                                "%before",
                                                                "unknownElement",
                                                                "%context",
                                                                "$index",
                                                                "referenceRange"});
inline constexpr auto kAnywhere = std::to_array<std::string_view>(
    {"$this", "value", "{}", "$index", "$total", "%x", "%y", "name.given.first()", "%ucum",
     "%`vs-a`", "extension.value", "code", "now()", "'\\u00e9\\ud83c\\udfe5'", "%rootResource.id",
     "resourceType"});
inline constexpr auto kTypes = std::to_array<std::string_view>(
    {"Patient",        "string",          "String",          "System.String",
     "FHIR.string",    "Quantity",        "FHIR.Quantity",   "System.Quantity",
     "boolean",        "Boolean",         "dateTime",        "DateTime",
     "date",           "Reference",       "HumanName",       "Resource",
     "DomainResource", "Element",         "BackboneElement", "Integer",
     "System.Any",     "CodeableConcept", "Decimal",         "uri",
     "Practitioner"});
inline constexpr auto kLogic =
    std::to_array<std::string_view>({" and ", " or ", " xor ", " implies "});
inline constexpr auto kComparisons =
    std::to_array<std::string_view>({" = ", " != ", " ~ ", " !~ ", " < ", " <= ", " > ", " >= "});
inline constexpr auto kMemberships =
    std::to_array<std::string_view>({" in ", " contains ", " = ", " ~ "});
inline constexpr auto kIntegerOperators =
    std::to_array<std::string_view>({" + ", " - ", " * ", " div ", " mod "});
inline constexpr auto kNumberOperators =
    std::to_array<std::string_view>({" + ", " - ", " * ", " / ", " div ", " mod "});
inline constexpr auto kTextOperators = std::to_array<std::string_view>({" + ", " & "});
inline constexpr auto kSigns = std::to_array<std::string_view>({" + ", " - "});
inline constexpr auto kUnions = std::to_array<std::string_view>({" | "});
inline constexpr auto kBooleans =
    std::to_array<std::string_view>({"true", "false", "active", "name.exists()", "deceased", "{}",
                                     "use = 'official'", "$this is string"});
// The first ten are integers.
inline constexpr auto kNumbers =
    std::to_array<std::string_view>({"0",
                                     "1",
                                     "2",
                                     "3",
                                     "10",
                                     "-1",
                                     "2147483647",
                                     "multipleBirth",
                                     "name.count()",
                                     "$index",
                                     "0.5",
                                     "1.50",
                                     "100",
                                     "0.1",
                                     "5L",
                                     "-3.7",
                                     "9223372036854775807L",
                                     "1.0",
                                     "28",
                                     "99999999999999999999999999999999999999",
                                     "0.00000000000000000000000000001",
                                     "extension.value",
                                     "(1 | 2.5 | 3)"});
inline constexpr auto kTexts =
    std::to_array<std::string_view>({"'a'",         "''",
                                     "name.family", "name.given.first()",
                                     "code.text",   "'official'",
                                     "'1'",         "'2014-01'",
                                     "' x '",       "'\\u00e9\\ud83c\\udfe5'",
                                     "'A,B'",       "','",
                                     "'\\n\\t\\''", "'4 \\'mg\\''",
                                     "'true'",      "'12:30'",
                                     "'1.5e3'",     "'http://x'",
                                     "'YWI='",      "'6162'",
                                     "'&lt;'",      "'2015-02-04T14:34:28Z'",
                                     "id",          "identifier.value",
                                     "text.`div`",  "gender"});
inline constexpr auto kTemporals =
    std::to_array<std::string_view>({"@2014",
                                     "birthDate",
                                     "@2014-02",
                                     "@2016-02-29",
                                     "@2014T",
                                     "@2014-01-31T",
                                     "@2014-01-25T14",
                                     "@2014-01-25T14:30:14.559+05:00",
                                     "@T12",
                                     "@T23:59:59.999",
                                     "@T14:34",
                                     "@9999-12-31",
                                     "@0001-01-01",
                                     "@2015-02-04T14:34:28Z",
                                     "@2012-12-31T23:59:60-14:00",
                                     "now()",
                                     "today()",
                                     "timeOfDay()",
                                     "effective",
                                     "name.period.start",
                                     "meta.lastUpdated",
                                     "@T00",
                                     "deceased",
                                     "issued",
                                     "@2017-11-05T01:30:00.0-04:00"});
inline constexpr auto kQuantities = std::to_array<std::string_view>({"1 year",
                                                                     "2 months",
                                                                     "3 days",
                                                                     "value",
                                                                     "1 'kg'",
                                                                     "100 'mg'",
                                                                     "0 'Cel'",
                                                                     "4.0 'cm'",
                                                                     "1 '1'",
                                                                     "-5 'mm[Hg]'",
                                                                     "1 week",
                                                                     "7 '[pH]'",
                                                                     "24 hours",
                                                                     "90 minutes",
                                                                     "1.5 seconds",
                                                                     "1000 milliseconds",
                                                                     "1 'a'",
                                                                     "2 'mo'",
                                                                     "3 'foo'",
                                                                     "1 '10*-30/m3'",
                                                                     "1 '[iU]'",
                                                                     "1000000000000 years",
                                                                     "referenceRange.low"});
inline constexpr auto kPatterns = std::to_array<std::string_view>(
    {"'.*'", "'a+'", "'(a|b)*c'", "'^\\\\d{4}$'", "'[A-Z]'", "'(?i)x'", "'\\\\w+\\\\s*'",
     "'(a*)*b'", "'(?<n>.)'", "'['", "'.{1,20}x'", "''", "'\\\\p{L}'", "name.family"});
inline constexpr auto kFormats = std::to_array<std::string_view>(
    {"'base64'", "'hex'", "'urlbase64'", "'html'", "'json'", "'other'", "gender"});
inline constexpr auto kUnits =
    std::to_array<std::string_view>({"'day'", "'years'", "'month'", "'weeks'", "'hours'",
                                     "'second'", "'mg'", "'millisecond'", "'d'", "'x'", "'Cel'"});

}  // namespace texts

// What an expression should yield, as a letter of kSignatures.
enum Kind : char {
  kAnything = 'a',
  kBoolean = 'b',
  kCollection = 'c',
  kTemporal = 'd',
  kInteger = 'i',
  kNumber = 'n',
  kQuantity = 'q',
  kText = 't',
  // Of arguments only.
  kFormat = 'e',
  kFlags = 'f',
  kPattern = 'p',
  kUnit = 'u',
  kName = 'v',
  kType = 'y',
};

// A function, what it is called on, its arguments, and what it yields.
struct Signature {
  char input;
  std::string_view name;
  std::string_view arguments;
  char result;
};
inline constexpr std::array kSignatures = std::to_array<Signature>({
    {'c', "where", "b", 'c'},
    {'c', "select", "a", 'c'},
    {'c', "repeat", "c", 'c'},
    {'c', "repeatAll", "c", 'c'},
    {'c', "ofType", "y", 'c'},
    {'c', "as", "y", 'c'},
    {'c', "first", "", 'c'},
    {'c', "last", "", 'c'},
    {'c', "tail", "", 'c'},
    {'c', "skip", "i", 'c'},
    {'c', "take", "i", 'c'},
    {'c', "single", "", 'c'},
    {'c', "union", "c", 'c'},
    {'c', "combine", "c", 'c'},
    {'c', "intersect", "c", 'c'},
    {'c', "exclude", "c", 'c'},
    {'c', "distinct", "", 'c'},
    {'c', "children", "", 'c'},
    {'c', "descendants", "", 'c'},
    {'c', "sort", "a", 'c'},
    {'c', "extension", "t", 'c'},
    {'c', "resolve", "", 'c'},
    {'c', "trace", "ta", 'c'},
    {'c', "defineVariable", "va", 'c'},
    {'c', "iif", "bcc", 'c'},
    {'c', "type", "", 'c'},
    {'t', "split", "t", 'c'},
    {'t', "toChars", "", 'c'},
    {'c', "getValue", "", 'c'},
    {'c', "coalesce", "cc", 'c'},
    {'c', "empty", "", 'b'},
    {'c', "exists", "", 'b'},
    {'c', "exists", "b", 'b'},
    {'c', "all", "b", 'b'},
    {'c', "is", "y", 'b'},
    {'c', "subsetOf", "c", 'b'},
    {'c', "supersetOf", "c", 'b'},
    {'c', "isDistinct", "", 'b'},
    {'b', "not", "", 'b'},
    {'b', "allTrue", "", 'b'},
    {'b', "anyFalse", "", 'b'},
    {'a', "toBoolean", "", 'b'},
    {'a', "convertsToInteger", "", 'b'},
    {'a', "convertsToQuantity", "u", 'b'},
    {'a', "convertsToDateTime", "", 'b'},
    {'a', "hasValue", "", 'b'},
    {'t', "startsWith", "t", 'b'},
    {'t', "endsWith", "t", 'b'},
    {'t', "contains", "t", 'b'},
    {'t', "matches", "pf", 'b'},
    {'t', "matchesFull", "p", 'b'},
    {'q', "comparable", "q", 'b'},
    {'c', "count", "", 'i'},
    {'t', "length", "", 'i'},
    {'t', "indexOf", "t", 'i'},
    {'t', "lastIndexOf", "t", 'i'},
    {'a', "toInteger", "", 'i'},
    {'n', "floor", "", 'i'},
    {'n', "ceiling", "", 'i'},
    {'n', "truncate", "", 'i'},
    {'a', "precision", "", 'i'},
    {'d', "yearOf", "", 'i'},
    {'d', "monthOf", "", 'i'},
    {'d', "hourOf", "", 'i'},
    {'d', "duration", "du", 'i'},
    {'d', "difference", "du", 'i'},
    {'a', "toLong", "", 'n'},
    {'a', "toDecimal", "", 'n'},
    {'n', "abs", "", 'n'},
    {'n', "exp", "", 'n'},
    {'n', "ln", "", 'n'},
    {'n', "log", "n", 'n'},
    {'n', "power", "n", 'n'},
    {'n', "sqrt", "", 'n'},
    {'n', "round", "i", 'n'},
    {'c', "aggregate", "nn", 'n'},
    {'n', "lowBoundary", "i", 'n'},
    {'n', "highBoundary", "", 'n'},
    {'n', "sum", "", 'n'},
    {'n', "avg", "", 'n'},
    {'n', "min", "", 'n'},
    {'n', "max", "", 'n'},
    {'a', "toString", "", 't'},
    {'t', "substring", "i", 't'},
    {'t', "substring", "ii", 't'},
    {'t', "upper", "", 't'},
    {'t', "lower", "", 't'},
    {'t', "trim", "", 't'},
    {'t', "replace", "tt", 't'},
    {'t', "replaceMatches", "pt", 't'},
    {'c', "join", "t", 't'},
    {'t', "encode", "e", 't'},
    {'t', "decode", "e", 't'},
    {'t', "escape", "e", 't'},
    {'t', "unescape", "e", 't'},
    {'a', "toDate", "", 'd'},
    {'a', "toDateTime", "", 'd'},
    {'a', "toTime", "", 'd'},
    {'d', "lowBoundary", "", 'd'},
    {'d', "highBoundary", "i", 'd'},
    {'d', "dateOf", "", 'd'},
    {'d', "timeOf", "", 'd'},
    {'a', "toQuantity", "u", 'q'},
    {'q', "abs", "", 'q'},
    {'q', "lowBoundary", "", 'q'},
    {'q', "round", "i", 'q'},
});

}  // namespace fhirwall::fuzz
