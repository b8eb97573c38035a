// SPDX-License-Identifier: Apache-2.0
// Command lines: whatever parses can be said again and means the same.
#include "gateway/smtp/command.hpp"
#include "tests/fuzz/require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view line{reinterpret_cast<const char*>(data), size};
    const smtp::Command command = smtp::parse_command(line);
    const std::string_view argument = command.argument;
    if (const auto parsed = smtp::parse_mail(argument, 1 << 20); parsed && parsed->sender) {
        const std::string again = "FROM:<" + parsed->sender->to_string() + "> SMTPUTF8";
        const auto reparsed = smtp::parse_mail(again, 1 << 20);
        require(reparsed && reparsed->sender == parsed->sender);
        require(again.find_first_of("\r\n") == std::string::npos);
    }
    if (const auto parsed = smtp::parse_rcpt(argument, true); parsed && parsed->address) {
        const auto reparsed = smtp::parse_rcpt("TO:<" + parsed->address->to_string() + ">", true);
        require(reparsed && reparsed->address == parsed->address);
    }
    (void)smtp::parse_bdat(argument);
    (void)smtp::parse_xclient(argument);
    (void)smtp::is_acceptable_hello(argument);
    return 0;
}
