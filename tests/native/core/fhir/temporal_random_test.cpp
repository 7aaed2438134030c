#include <array>
#include <cstdio>
#include <random>

#include "tests/native/core/fhir/temporal_literal.hpp"

namespace fhirwall::fhir {
namespace {

using Kind = Temporal::Kind;
using Precision = Temporal::Precision;

constexpr std::uint32_t kSeed = 20140105;
constexpr int kRounds = 20000;

class TemporalRandom : public ::testing::Test {
 protected:
  TemporalRandom() { std::printf("seed %u\n", kSeed); }

  int between(int least, int most) {
    return static_cast<int>(random_() % static_cast<std::uint32_t>(most - least + 1)) + least;
  }

  // A literal whose components are often equal to those of others, so that every component decides.
  std::string literal(Kind kind, int components) {
    std::string text = "@";
    const auto append = [&text](char before, int number) {
      text += before;
      text += static_cast<char>('0' + number / 10);
      text += static_cast<char>('0' + number % 10);
    };
    if (kind != Kind::kTime) {
      constexpr std::array kYears = {"2015", "2016", "2017", "1969", "1970"};
      text += kYears[static_cast<std::size_t>(between(0, 4))];
      if (components > 1) {
        append('-', between(1, 4) * 3 - 1);
      }
      if (components > 2) {
        append('-', between(0, 1) == 0 ? between(1, 2) : between(27, 28));
      }
      if (kind == Kind::kDate) {
        return text;
      }
      components -= 3;
    }
    if (components < 1) {
      return text + 'T';
    }
    append('T', between(0, 1) == 0 ? between(0, 1) : between(22, 23));
    if (components > 1) {
      append(':', between(0, 2) * 29);
    }
    if (components > 2) {
      append(':', between(0, 2) * 29);
    }
    if (components > 3) {
      text += '.';
      text += static_cast<char>('0' + between(0, 2));
      for (int more = between(0, 3); more > 0; --more) {
        text += between(0, 1) == 0 ? '0' : '5';
      }
    }
    if (kind == Kind::kDateTime && between(0, 3) > 0) {
      constexpr std::array kZones = {"Z",      "+00:00", "+01:00", "-01:00",
                                     "+05:30", "-12:00", "+14:00"};
      text += kZones[static_cast<std::size_t>(between(0, 6))];
    }
    return text;
  }

  Temporal value(Kind kind) {
    const int most = kind == Kind::kDate ? 3 : kind == Kind::kTime ? 4 : 7;
    return test::read(literal(kind, between(1, most)));
  }

  Temporal value() { return value(static_cast<Kind>(between(0, 2))); }

 private:
  std::mt19937 random_{kSeed};
};

TEST_F(TemporalRandom, ReadsWhatItWrites) {
  for (int i = 0; i < kRounds; ++i) {
    const Temporal one = value();
    const std::string text = test::write(one);
    const std::optional<Temporal> again = test::try_read(text);
    ASSERT_TRUE(again.has_value()) << text;
    EXPECT_EQ(again->kind, one.kind) << text;
    EXPECT_EQ(again->precision, one.precision) << text;
    EXPECT_EQ(again->zone, one.zone) << text;
    EXPECT_EQ(again->fraction_digits, one.fraction_digits) << text;
    EXPECT_EQ(test::write(again), text);
    EXPECT_EQ(compare(one, *again), 0) << text;
    EXPECT_TRUE(equivalent(one, *again)) << text;
  }
}

TEST_F(TemporalRandom, CompareIsAnOrderWhereItIsKnown) {
  int known = 0;
  int equal = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Temporal a = value();
    const Temporal b = value();
    const Temporal c = value();
    const std::optional<int> ab = compare(a, b);
    const std::optional<int> ba = compare(b, a);
    ASSERT_EQ(ab.has_value(), ba.has_value()) << test::write(a) << " " << test::write(b);
    if (!ab) {
      continue;
    }
    ++known;
    equal += *ab == 0 ? 1 : 0;
    EXPECT_EQ(*ab, -*ba) << test::write(a) << " " << test::write(b);
    const std::optional<int> bc = compare(b, c);
    const std::optional<int> ac = compare(a, c);
    if (*ab <= 0 && bc && *bc <= 0 && ac) {
      EXPECT_LE(*ac, 0) << test::write(a) << " " << test::write(b) << " " << test::write(c);
    }
  }
  EXPECT_GT(known, kRounds / 4);
  EXPECT_GT(equal, 10);
}

// Component by component, as FHIRPath N1 says it, where both have the same zone or none.
TEST_F(TemporalRandom, CompareAgreesWithTheComponents) {
  for (int i = 0; i < kRounds; ++i) {
    const Kind kind = between(0, 1) == 0 ? Kind::kDateTime : Kind::kTime;
    const Temporal a = value(kind);
    const Temporal b = value(kind);
    if (a.zone != b.zone) {
      continue;
    }
    const auto parts = [](const Temporal& t) {
      return std::array<int, 6>{t.year, t.month, t.day, t.hour, t.minute, t.second};
    };
    const auto components = [](const Temporal& t) {
      return std::min<std::size_t>(static_cast<std::size_t>(t.precision) + 1, 6);
    };
    const auto sign = [](auto x, auto y) { return x < y ? -1 : (x > y ? 1 : 0); };
    std::optional<int> expected;
    const std::size_t both = std::min(components(a), components(b));
    int decided = 0;
    for (std::size_t at = kind == Kind::kTime ? 3 : 0; at < both && decided == 0; ++at) {
      decided = sign(parts(a)[at], parts(b)[at]);
    }
    if (decided != 0) {
      expected = decided;
    } else if (components(a) == components(b)) {
      expected = sign(a.nanosecond, b.nanosecond);
    }
    EXPECT_EQ(compare(a, b), expected) << test::write(a) << " " << test::write(b);
  }
}

TEST_F(TemporalRandom, BoundariesBound) {
  int known = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Temporal one = value();
    for (const std::int32_t digits : {2, 4, 6, 8, 9, 10, 12, 14, 17}) {
      const std::optional<Temporal> low = low_boundary(one, digits);
      const std::optional<Temporal> high = high_boundary(one, digits);
      ASSERT_EQ(low.has_value(), high.has_value());
      if (!low) {
        continue;
      }
      EXPECT_EQ(precision_digits(*low), digits) << test::write(one);
      EXPECT_EQ(precision_digits(*high), digits) << test::write(one);
      EXPECT_EQ(low->kind, one.kind);
      const bool cuts_a_fraction = one.fraction_digits > 0 && digits < precision_digits(one);
      const std::optional<int> below = compare(*low, one);
      const std::optional<int> above = compare(one, *high);
      const std::optional<int> ends = compare(*low, *high);
      EXPECT_LE(below.value_or(-1), 0) << test::write(one) << " " << test::write(low);
      if (!cuts_a_fraction) {
        EXPECT_LE(above.value_or(-1), 0) << test::write(one) << " " << test::write(high);
      }
      EXPECT_LE(ends.value_or(-1), 0) << test::write(low) << " " << test::write(high);
      known += below && above ? 1 : 0;
    }
  }
  EXPECT_GT(known, kRounds / 2);
}

TEST_F(TemporalRandom, AddedDaysComeBack) {
  for (int i = 0; i < kRounds; ++i) {
    const Temporal one = test::read(literal(Kind::kDateTime, between(3, 7)));
    const std::int64_t days = between(-500000, 500000);
    const std::optional<Temporal> later = add(one, {days}, TimeUnit::kDay);
    ASSERT_TRUE(later.has_value()) << test::write(one) << " " << days;
    EXPECT_EQ(test::write(add(*later, {-days}, TimeUnit::kDay)), test::write(one)) << days;
    EXPECT_EQ(duration(one, *later, TimeUnit::kDay), days) << test::write(one);
    EXPECT_EQ(difference(one, *later, TimeUnit::kDay), days) << test::write(one);
    EXPECT_EQ(compare(one, *later), days == 0 ? 0 : (days > 0 ? -1 : 1)) << test::write(one);
  }
}

TEST_F(TemporalRandom, AddedClockTimeComesBack) {
  for (int i = 0; i < kRounds; ++i) {
    const Temporal one = test::read(literal(Kind::kDateTime, 7));
    const std::int64_t amount = between(-1000000000, 1000000000);
    const std::optional<Temporal> later = add(one, {amount}, TimeUnit::kMillisecond);
    ASSERT_TRUE(later.has_value()) << test::write(one) << " " << amount;
    EXPECT_EQ(compare(*add(*later, {-amount}, TimeUnit::kMillisecond), one), 0) << amount;
    EXPECT_EQ(duration(one, *later, TimeUnit::kMillisecond), amount) << test::write(one);
    EXPECT_EQ(duration(one, *later, TimeUnit::kSecond), amount / 1000) << test::write(one);
    EXPECT_EQ(duration(one, *later, TimeUnit::kHour), amount / 3600000) << test::write(one);
  }
}

TEST_F(TemporalRandom, AddedMonthsAreCounted) {
  for (int i = 0; i < kRounds; ++i) {
    const Temporal one = test::read(literal(Kind::kDate, 3));  // days up to 28 are in every month
    const std::int64_t months = between(-2000, 2000);
    const std::optional<Temporal> later = add(one, {months}, TimeUnit::kMonth);
    ASSERT_TRUE(later.has_value()) << test::write(one) << " " << months;
    EXPECT_EQ(duration(one, *later, TimeUnit::kMonth), months) << test::write(one);
    EXPECT_EQ(duration(one, *later, TimeUnit::kYear), months / 12) << test::write(one);
    EXPECT_EQ(difference(one, *later, TimeUnit::kMonth), months) << test::write(one);
  }
}

// Every day of the calendar in turn: the next day is one day on, and one weekday.
TEST(TemporalCalendar, EveryDayFollowsTheOneBefore) {
  Temporal day = test::read("@0001-01-01");
  std::int64_t days = 0;
  std::int64_t weeks = 0;
  for (;;) {
    const std::optional<Temporal> next = add(day, {1}, TimeUnit::kDay);
    if (!next) {
      break;
    }
    const std::string text = test::write(next);
    ASSERT_TRUE(test::try_read(text).has_value()) << text;
    ASSERT_EQ(compare(day, *next), -1) << text;
    weeks += difference(day, *next, TimeUnit::kWeek).value_or(0);
    ++days;
    day = *next;
  }
  EXPECT_EQ(test::write(day), "@9999-12-31");
  EXPECT_EQ(days, 3652058);
  EXPECT_EQ(weeks, 521722);
}

}  // namespace
}  // namespace fhirwall::fhir
