// SPDX-License-Identifier: Apache-2.0
// Octets from a browser: framed into requests, then everything the front reads of them by itself.
#include "gateway/mail/html_text.hpp"
#include "gateway/net/http_reader.hpp"
#include "web/front/html.hpp"
#include "web/front/json.hpp"
#include "web/front/text.hpp"
#include "web/front/visitor.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace {
const front::Settings& settings()
{
    static const front::Settings all{.hostname = {},
                                     .gate = {},
                                     .allow = {},
                                     .digest_allow = {},
                                     .proxies = {*mail::Network::parse("127.0.0.0/8")},
                                     .contact = {}};
    return all;
}

void look_at(net::HttpRequest request)
{
    request.peer = *net::parse_address("127.0.0.1", 1);
    const auto visitor = front::visitor_of(request, settings());
    const auto cookie = front::session_cookie(visitor, visitor.session);
    assert(cookie.find_first_of("\r\n") == cookie.npos);
    (void)front::is_foreign(request);
    for (const auto& [name, value] : front::parse_fields(request.body)) {
        const auto path = front::safe_path(value);
        assert(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'));
        const auto again = front::parse_fields("x=" + front::encoded(value));
        assert(front::field(again, "x") == value);
        const auto shown = mail::escaped_html(value);
        assert(shown.find_first_of("<>\"'") == shown.npos);
    }
    (void)front::text_member(request.body, "token");
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const net::HttpLimits limits{.header = 4096, .body = 65536};
    const net::HttpDoor door;
    std::size_t bodies = 0;
    {
        net::HttpReader reader{limits, door, bodies};
        std::string_view rest{reinterpret_cast<const char*>(data), size};
        try {
            while (!rest.empty()) {
                const auto space = reader.space();
                const auto piece = rest.substr(0, std::min(space.size(), std::size_t{97}));
                std::ranges::copy(piece, space.begin());
                reader.filled(piece.size());
                rest.remove_prefix(piece.size());
                while (reader.parse())
                    look_at(reader.take());
            }
        } catch (const net::HttpRefusal& refused) {
            assert(refused.status >= 400 && refused.status < 600);
        }
    }
    assert(bodies == 0);
    return 0;
}
