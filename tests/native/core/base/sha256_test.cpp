#include "core/base/sha256.hpp"

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

struct Case {
  std::string message;
  std::string digest;
};

// The examples of FIPS 180-4 and of NIST's CAVP short and long messages.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
  const Case cases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1, '\xd3'), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(sha256_hex(one.message), one.digest) << one.message.size() << " bytes";
  }
}

// Every length around the two block borders takes another way through the padding.
TEST(Sha256, DiffersForEveryLength) {
  std::string last;
  for (std::size_t length = 50; length < 140; ++length) {
    const std::string digest = sha256_hex(std::string(length, '\0'));
    EXPECT_EQ(digest.size(), 64u);
    EXPECT_NE(digest, last);
    last = digest;
  }
  // 64 zero bytes, from `head -c 64 /dev/zero | sha256sum`.
  EXPECT_EQ(sha256_hex(std::string(64, '\0')),
            "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
}

}  // namespace
}  // namespace fhirwall
