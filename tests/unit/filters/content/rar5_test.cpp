// SPDX-License-Identifier: Apache-2.0
#include "filters/content/rar5.hpp"

#include <catch2/catch.hpp>

#include <string>

using filters::content::rar5_secrets;

namespace {
const std::string signature{"Rar!\x1A\x07\x01\x00", 8};

/// Of a checksum that nobody here compares, its size, and `octets`: type, flags and what follows.
std::string block(const std::string& octets, const std::string& data = "")
{
    return "crc!" + std::string(1, static_cast<char>(octets.size())) + octets + data;
}

/// With or without a record of encryption; its five octets of data follow.
std::string file(bool is_encrypted)
{
    const std::string record = is_encrypted ? "\x03\x01??" : "\x03\x02??";
    return block("\x02\x03\x04\x05"
                 "name"
                     + record,
                 "12345");
}
}

TEST_CASE("which files of a RAR archive have a password is read from its headers")
{
    const auto main = block({"\x01\x00\x00", 3});
    CHECK(rar5_secrets(signature + main + file(true) + file(false) + file(true)).files
          == std::vector{true, false, true});
    CHECK_FALSE(rar5_secrets(signature + main + file(true)).is_whole);
    const auto whole = rar5_secrets(signature + block({"\x04\x00\x00\x00", 4}) + "secret");
    CHECK(whole.is_whole);
    CHECK(whole.files.empty());
}

TEST_CASE("headers of a RAR archive are read as far as they go")
{
    const auto archive = signature + file(true) + file(true);
    for (std::size_t size = 0; size < archive.size(); ++size)
        CHECK(rar5_secrets(archive.substr(0, size)).files.size() < 3);
    CHECK(rar5_secrets(signature + std::string(100, '\xFF')).files.empty());
    CHECK(rar5_secrets("Rar!\x1A\x07").files.empty());
}
