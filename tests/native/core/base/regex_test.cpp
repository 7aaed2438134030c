// What regular expressions match and replace, and which patterns are refused where.
#include "core/base/regex/regex.hpp"

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

// Flags: i, m, and `.` for a dot that does not match line breaks.
Regex::Options options_of(std::string_view flags) {
  Regex::Options options;
  options.ignore_case = flags.find('i') != std::string_view::npos;
  options.multiline = flags.find('m') != std::string_view::npos;
  options.dot_matches_newline = flags.find('.') == std::string_view::npos;
  return options;
}

struct MatchCase {
  std::string_view pattern;
  std::string_view flags;
  std::string_view text;
  bool found;
  bool whole;
};

constexpr MatchCase kMatches[] = {
    // Literals and the dot
    {"", "", "", true, true},
    {"", "", "a", true, false},
    {"FHIR", "", "FHIR", true, true},
    {"FHIR", "", "on FHIR!", true, false},
    {"A.*B", "", "A \t\t\tB", true, true},
    {"line.second", "", "first line\nsecond line", true, false},
    {"line.second", ".", "first line\nsecond line", false, false},
    {".", "", "\xf0\x9f\x98\x80", true, true},
    {".", ".", "\xe2\x80\xa8", false, false},
    {"..", "", "\xf0\x9f\x98\x80", false, false},
    // Anchors
    {"^b", "", "a\nb", false, false},
    {"^b", "m", "a\nb", true, false},
    {"a$", "m", "a\nb", true, false},
    {"a$", "", "a\n", false, false},
    {"^$", "", "", true, true},
    {"^$", "m", "a\n\nb", true, false},
    {"a^b|c$d", "", "abcd", false, false},
    {"^^a$$", "", "a", true, true},
    {"\\bday\\b", "", "a day off", true, false},
    {"\\bday\\b", "", "holiday", false, false},
    {"\\Bday\\b", "", "holiday", true, false},
    {"\\b", "", "", false, false},
    {"\\B", "", "", true, true},
    // Classes
    {"[]", "", "a", false, false},
    {"[]a]", "", "a", false, false},
    {"[^]", "", "\n", true, true},
    {"[^]]", "", "a]", true, true},
    {"[a\\]]+", "", "a]", true, true},
    {"[a-]+", "", "a-", true, true},
    {"[-a]+", "", "a-", true, true},
    {"[a-c-e]+", "", "b-e", true, true},
    {"[a-c-e]", "", "d", false, false},
    {"[+--]+", "", "+,-", true, true},
    {"[\\w-]+", "", "a-1", true, true},
    {"[\\b]", "", "\b", true, true},
    {"[[]", "", "[", true, true},
    {"[^\\d\\s]+", "", "ab", true, true},
    {"[^a]", "i", "A", false, false},
    {"[.*]+", "", ".*", true, true},
    {"[\xc3\xa0-\xc3\xbc]", "", "\xc3\xa9", true, true},
    {"\\s", "", "\xc2\xa0", true, true},
    {"\\w", "", "\xc3\xa9", false, false},
    {"\\d", "", "\xd9\xa3", false, false},
    {"\\D\\S\\W", "", "aa-", true, true},
    // Escapes
    {"\\n\\r\\t\\f\\v", "", "\n\r\t\f\v", true, true},
    {"\\x41\\u0042\\u{43}", "", "ABC", true, true},
    {"\\uD83D\\uDE00", "", "\xf0\x9f\x98\x80", true, true},
    {"[^\\uD800-\\uDFFF]", "", "a", true, true},
    {"\\/\\.\\-\\_\\@\\'\\\"\\{\\}\\ ", "", "/.-_@'\"{} ", true, true},
    {"\\\xc3\xa9", "", "\xc3\xa9", true, true},
    // Braces and brackets that are themselves
    {"a{", "", "a{", true, true},
    {"a{,2}", "", "a{,2}", true, true},
    {"a{2", "", "a{2", true, true},
    {"a{2,x}", "", "a{2,x}", true, true},
    {"{x}]", "", "{x}]", true, true},
    {"{", "", "{", true, true},
    // Quantifiers
    {"a{0}b", "", "b", true, true},
    {"^a{2}$", "", "aaa", false, false},
    {"a{2,}", "", "aaaa", true, true},
    {"a{2,3}", "", "a", false, false},
    {"a{2,3}", "", "aaaa", true, false},
    {"a+?b*?c??", "", "aabbc", true, true},
    {"(?:ab){2}", "", "abab", true, true},
    {"(a*)*b", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
    {"(a|a)*b", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", true, true},
    {"^(a|aa)+$", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", false, false},
    {"(?:){1000}a", "", "a", true, true},
    {"(?:(?:){0,9999}){0,9999}a", "", "a", true, true},
    {"((a?){3}){3}", "", "aaaaaaaaa", true, true},
    // Alternatives and groups
    {"a||b", "", "", true, true},
    {"|", "", "", true, true},
    {"(|a)(b|)", "", "ab", true, true},
    {"(?<year>\\d{4})-(?<month>\\d\\d)", "", "2024-05", true, true},
    {"()", "", "", true, true},
    // Case
    {"hello", "i", "Hello World", true, false},
    {"hello", "", "Hello World", false, false},
    {"m\xc3\x9cLLER", "i", "M\xc3\xbcller", true, true},
    {"\xce\xa3", "i", "\xcf\x82", true, true},
    {"[\xd0\xb0-\xd1\x8f]+", "i", "\xd0\x9c\xd0\xb8\xd1\x80", true, true},
    {"k", "i", "\xe2\x84\xaa", true, true},
    {"\xc3\x9f", "i", "SS", false, false},
    {"\\w", "i", "\xe2\x84\xaa", false, false},
    {"\\P{Lu}", "i", "A", true, true},
    // Categories
    {"^\\p{Lu}\\p{Ll}*$", "", "Taup\xc5\x8d", true, true},
    {"\\pL\\PN", "", "a-", true, true},
    {"[\\p{Nd}\\p{Sm}]+", "", "1+\xd9\xa3", true, true},
    {"\\p{LC}", "", "\xc7\x85", true, true},
    {"\\p{Lt}", "", "\xc7\x85", true, true},
    {"\\p{Lo}", "", "a", false, false},
    {"\\p{C}", "", "\xcd\xb8", true, true},
    {"\\p{Zs}\\p{Sc}\\p{Pd}", "", " \xe2\x82\xac-", true, true},
    {"\\P{Ll}", "", "\xc4\x81", false, false},
    {"\\P{Ll}", "", "\xc4\x80", true, true},
    // What invariants and tests of FHIR use
    {"^[a-zA-Z0-9\\/\\-_\\[\\]\\@]+$", "", "Patient/a-1_[x]@b", true, true},
    {"^[a-zA-Z0-9\\/\\-_\\[\\]\\@]+$", "", "a b", false, false},
    {"[^\\s\\.,:;\\'\"\\/|?!@#$%&*()\\[\\]{}]{1,64}(\\.[^\\s\\.,:;\\'\"\\/|?!@#$%&*()\\[\\]{}]"
     "{1,64}(\\[x\\])?(\\:[^\\s\\.]+)?)*",
     "", "Patient.value[x]:valueCode.id", true, true},
    {"[A-Za-z][A-Za-z0-9]*(\\.[a-z][A-Za-z0-9]*(\\[x])?)*", "", "Observation.value[x].code", true,
     true},
    {"[A-Z]([A-Za-z0-9_]){0,254}", "", "PatientName_1", true, true},
    {"[A-Z]([A-Za-z0-9_]){0,254}", "", "patientName", true, false},
    {"[A-Z]([A-Za-z0-9_]){0,254}", "", "patient", false, false},
    {"^[a-zA-Z0-9]+$", "", "boolean", true, true},
    {"^http:\\/\\/hl7\\.org\\/fhirpath\\/System\\.[A-Z][A-Za-z]+$", "",
     "http://hl7.org/fhirpath/System.String", true, true},
    {"^[a-zA-Z0-9\\.]+$", "", "Patient.name", true, true},
    {"\\..*", "", "Patient.name", true, false},
    {"^[A-Za-z0-9\\-\\.]{1,64}$", "", "f5f2d2b4-0e5c-4f0e-9d8e-7f6a5b4c3d2e", true, true},
    {"^[A-Za-z0-9\\-\\.]{1,64}$", "", "", false, false},
    {"^[^\\s]+$", "", "http://example.org/a", true, true},
    {"^[^\\s]+$", "", "a b", false, false},
    {".*Library.*", "", "common/Library/FHIR-ModelInfo", true, true},
    {"^Library$", "", "common/Library/FHIR-ModelInfo", false, false},
    {"t.+t", "", "test string", true, false},
    {"asd.+", "", "test string", false, false},
    {"^second", "", "first line\nsecond line", false, false},
};

TEST(Regex, Matches) {
  for (const MatchCase& one : kMatches) {
    const auto compiled = Regex::compile(one.pattern, options_of(one.flags));
    const std::string about =
        std::string(one.pattern) + " on " + ::testing::PrintToString(std::string(one.text));
    ASSERT_TRUE(compiled.regex) << about << ": " << compiled.message;
    std::uint64_t budget = 1'000'000;
    EXPECT_EQ(compiled.regex->search(one.text, budget), one.found) << about;
    EXPECT_EQ(compiled.regex->matches_whole(one.text, budget), one.whole) << about;
  }
}

TEST(Regex, EscapesNul) {
  const auto compiled = Regex::compile("a\\0[\\0]", {});
  std::uint64_t budget = 100;
  ASSERT_TRUE(compiled.regex);
  EXPECT_EQ(compiled.regex->matches_whole(std::string_view("a\0\0", 3), budget), true);
}

struct ReplaceCase {
  std::string_view pattern;
  std::string_view flags;
  std::string_view text;
  std::string_view replacement;
  std::string_view expected;
};

constexpr ReplaceCase kReplacements[] = {
    {"234", "", "123456", "X", "1X56"},
    {"234", "", "abc", "X", "abc"},
    {"[0-9]", "", "abc123", "-", "abc---"},
    {"test", "", "test string", "match", "match string"},
    {"\\..*", "", "Patient.name.given", "", "Patient"},
    {"\\b(?<month>\\d{1,2})/(?<day>\\d{1,2})/(?<year>\\d{2,4})\\b", "", "11/30/1972",
     "${day}-${month}-${year}", "30-11-1972"},
    {"\\b(\\d{1,2})/(\\d{1,2})/(\\d{2,4})\\b", "", "11/01/1972 - 11/30/1972", "$2-$1-$3",
     "01-11-1972 - 30-11-1972"},
    {"(\\p{Lu})", "", "Taup\xc5\x8d", "city: $1", "city: Taup\xc5\x8d"},
    {"(.*)", "", "ab", "<$1>", "<ab><>"},
    // Empty matches
    {"", "", "abc", "x", "xaxbxcx"},
    {"", "", "", "x", "x"},
    {"", "", "\xf0\x9f\x98\x80", "-", "-\xf0\x9f\x98\x80-"},
    {"b*", "", "abbc", "-", "-a--c-"},
    {"^", "m", "a\nb", "> ", "> a\n> b"},
    {"$", "", "ab", "!", "ab!"},
    {"\\b", "", "ab cd", "|", "|ab| |cd|"},
    // Anchors see what is before a match, also behind another match
    {"^a", "", "aaa", "x", "xaa"},
    {"\\ba", "", "aa a", "x", "xa x"},
    // Preference
    {"a|ab", "", "abab", "<$0>", "<a>b<a>b"},
    {"ab|a", "", "abaa", "<$0>", "<ab><a><a>"},
    {"a*?", "", "aa", "<$0>", "<>a<>a<>"},
    {"<.+?>", "", "<a><b>", "x", "xx"},
    {"<.+>", "", "<a><b>", "x", "x"},
    {"(a+)(a+)", "", "aaaa", "$1|$2", "aaa|a"},
    {"(a+?)(a+)", "", "aaaa", "$1|$2", "a|aaa"},
    {"(a|ab)(c|bcd)(d*)", "", "abcd", "$1,$2,$3", "a,bcd,"},
    {"(|a)*", "", "aa", "<$0>", "<aa><>"},
    {"(?:|a){0,3}", "", "aaaa", "<$0>", "<aaa><a><>"},
    {"(?:|a)+", "", "aa", "<$0>", "<aa><>"},
    {"(a*)*", "", "b", "<$1>", "<>b<>"},
    {"((a)|b)*", "", "ab", "<$1,$2>", "<b,><,>"},
    {"(a)|(b)", "", "ab", "[$1$2]", "[a][b]"},
    {"a.*c|b", "", "abab", "x", "axax"},
    // Replacements
    {"b", "", "abc", "$$1", "a$1c"},
    {"b", "", "abc", "[$&$0${0}]", "a[bbb]c"},
    {"b", "", "abc", "$1", "a$1c"},
    {"b", "", "abc", "$", "a$c"},
    {"b", "", "abc", "$x${", "a$x${c"},
    {"b", "", "abc", "${no}${}", "a${no}${}c"},
    {"(b)", "", "abc", "$12$01$2", "ab2b$2c"},
    {"(a)(a)(a)(a)(a)(a)(a)(a)(a)(b)", "", "aaaaaaaaab", "$10|$1|$010", "b|a|a0"},
    {"(?<n>b)", "", "abc", "${n}${1}$<n>", "abb$<n>c"},
    {"(x)?b", "", "abc", "[$1]", "a[]c"},
    {"\xc3\xa9", "", "caf\xc3\xa9s", "e", "cafes"},
    {"B", "i", "abc", "\xf0\x9f\x98\x80",
     "a\xf0\x9f\x98\x80"
     "c"},
};

TEST(Regex, Replaces) {
  for (const ReplaceCase& one : kReplacements) {
    const auto compiled = Regex::compile(one.pattern, options_of(one.flags));
    ASSERT_TRUE(compiled.regex) << one.pattern << ": " << compiled.message;
    std::uint64_t budget = 1'000'000;
    std::string out = "before ";
    EXPECT_TRUE(compiled.regex->replace(one.text, one.replacement, 1000, budget, out));
    EXPECT_EQ(out, "before " + std::string(one.expected)) << one.pattern << " in " << one.text;
  }
}

struct RefusedCase {
  std::string_view pattern;
  std::uint32_t offset;
  std::string_view message;
};

constexpr RefusedCase kRefused[] = {
    {"a)", 1, "this `)` closes nothing"},
    {"(a", 0, "expected `)` for this `(`"},
    {"a(b(c)", 1, "expected `)` for this `(`"},
    {"*a", 0, "there is nothing to repeat"},
    {"a|+", 2, "there is nothing to repeat"},
    {"(?:?)", 3, "there is nothing to repeat"},
    {"a**", 2, "there is nothing to repeat"},
    {"a{2}{3}", 4, "there is nothing to repeat"},
    {"{2}", 0, "there is nothing to repeat"},
    {"^*", 1, "there is nothing to repeat"},
    {"a???", 3, "there is nothing to repeat"},
    {"a{3,2}", 1, "the counts are out of order"},
    {"a*+", 2, "possessive quantifiers are refused"},
    {"a++", 2, "possessive quantifiers are refused"},
    {"a{1,2}+", 6, "possessive quantifiers are refused"},
    {"[a", 0, "expected `]` for this `[`"},
    {"x[^", 1, "expected `]` for this `[`"},
    {"[a-", 0, "expected `]` for this `[`"},
    {"[z-a]", 1, "this range is out of order"},
    {"[a-\\d]", 3, "a set cannot begin or end a range: write `\\-`"},
    {"[\\d-z]", 1, "a set cannot begin or end a range: write `\\-`"},
    {"[a-z-[aeiou]]", 4, "class subtraction is refused: write `\\-\\[`"},
    {"[[:alpha:]]", 1, "posix classes are refused: use a category such as `\\p{L}`"},
    {"[\\B]", 1, "expected a known escape"},
    {"\\", 0, "expected a character after `\\`"},
    {"a\\q", 1, "expected a known escape"},
    {"\\1(a)", 0, "back references are refused"},
    {"(a)[\\1]", 4, "back references are refused"},
    {"(?<n>a)\\k<n>", 7, "back references are refused"},
    {"\\01", 0, "octal escapes are refused: use `\\xhh`"},
    {"\\x4", 2, "expected two hexadecimal digits"},
    {"\\u12", 2, "expected four hexadecimal digits"},
    {"\\u{}", 2, "expected a code point such as `\\u{1F600}`"},
    {"\\u{110000}", 2, "expected a code point such as `\\u{1F600}`"},
    {"\\u{41", 2, "expected a code point such as `\\u{1F600}`"},
    {"\\Aa", 0, "this anchor is refused: use `^` or `$`"},
    {"a\\z", 1, "this anchor is refused: use `^` or `$`"},
    {"\\i\\c*", 0, "xml name escapes are refused: use a class"},
    {"a(?=b)", 2, "look-ahead is refused"},
    {"(?!b)", 1, "look-ahead is refused"},
    {"(?<=b)", 1, "look-behind is refused"},
    {"(?<!b)", 1, "look-behind is refused"},
    {"(?>b)", 1, "atomic groups are refused"},
    {"(?#b)", 1, "comments are refused"},
    {"(?|b)", 1, "branch reset is refused"},
    {"(?(1)b)", 1, "conditions are refused"},
    {"(?i)b", 1, "flags inside of a pattern are refused"},
    {"(?-i:b)", 1, "flags inside of a pattern are refused"},
    {"(?P<n>b)", 1, "expected `(?<name>` or `(?:`"},
    {"(?", 1, "expected `(?:` or `(?<name>`"},
    {"(?<1>a)", 3, "expected a group name and `>`"},
    {"(?<n", 3, "expected a group name and `>`"},
    {"(?<n>a)(?<n>b)", 10, "this group name is taken"},
    {"\\p{IsGreek}", 2,
     "expected a general category such as `{Lu}`: scripts, blocks and other properties are "
     "refused"},
    {"\\p{}", 2,
     "expected a general category such as `{Lu}`: scripts, blocks and other properties are "
     "refused"},
    {"\\p", 2,
     "expected a general category such as `{Lu}`: scripts, blocks and other properties are "
     "refused"},
    {"\\p{Lu", 2, "expected `}`"},
};

TEST(Regex, RefusesWithOffsetAndMessage) {
  for (const RefusedCase& one : kRefused) {
    const auto compiled = Regex::compile(one.pattern, {});
    EXPECT_FALSE(compiled.regex) << one.pattern;
    EXPECT_EQ(compiled.offset, one.offset) << one.pattern;
    EXPECT_EQ(compiled.message, one.message) << one.pattern;
    EXPECT_FALSE(compiled.too_large) << one.pattern;
  }
}

}  // namespace
}  // namespace fhirwall
