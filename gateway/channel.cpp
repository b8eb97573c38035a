// SPDX-License-Identifier: Apache-2.0
#include "gateway/channel.hpp"

#include <sys/socket.h>

#include <array>

namespace app {
void tell(int channel, Tell what)
{
    const char octet = static_cast<char>(what);
    // A dead supervisor takes us with it (PDEATHSIG), so a failure needs no answer.
    [[maybe_unused]] const auto sent = ::send(channel, &octet, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

namespace {
constexpr std::size_t longest_answer = 2000;
constexpr char accepted = '+', refused = '-';
}

void answer(int channel, const RestartAnswer& answer)
{
    auto text = answer ? std::string{accepted} : refused + answer.error();
    text.resize(std::min(text.size(), longest_answer));
    [[maybe_unused]] const auto sent
        = ::send(channel, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::optional<RestartAnswer> take_answer(int channel)
{
    std::array<char, longest_answer> text{};
    const auto size = ::recv(channel, text.data(), text.size(), MSG_DONTWAIT);
    if (size < 1)
        return {};
    if (text[0] == accepted)
        return RestartAnswer{};
    return std::unexpected{std::string{text.data() + 1, static_cast<std::size_t>(size) - 1}};
}
}
