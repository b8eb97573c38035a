// SPDX-License-Identifier: Apache-2.0
// A response of the DNS: the first octet chooses the type asked for, the second is the length of
// the name asked for, which follows; the rest is the message.
#include "gateway/net/dns_message.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <array>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using Type = net::RecordType;
    constexpr std::array types{Type::a,  Type::ns,  Type::cname, Type::soa, Type::ptr,
                               Type::mx, Type::txt, Type::aaaa,  Type::tlsa};
    if (size < 2)
        return 0;
    const auto type = types[data[0] % types.size()];
    const std::string_view rest{reinterpret_cast<const char*>(data) + 2, size - 2};
    const auto asked = rest.substr(0, data[1]);
    const auto name = net::canonical_name(asked);
    if (!name)
        return 0;
    require(net::canonical_name(*name) == name);
    require(net::question_message(1, *name, type).size() <= 12 + 255 + 4 + 11);
    const auto message = rest.substr(asked.size());
    const auto [answer, lifetime] = net::read_response(message, *name, type);
    require(answer.is_found() == !answer.records.empty());
    require(answer.has_failed() == !answer.problem.empty());
    require(answer.records.size() <= 256 && lifetime.count() >= 0);
    for (const auto& [text, preference] : answer.records) {
        require(text.size() <= 65'535);
        if (type == Type::a || type == Type::aaaa)
            require(text.size() == (type == Type::a ? 4 : 16));
        else if (type != Type::txt && type != Type::tlsa)
            require(net::canonical_name(text) == text);
        require(type == Type::mx || preference == 0);
    }
    return 0;
}
