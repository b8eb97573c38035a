// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/dns_transport.hpp"

#include <ares.h>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <mutex>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unordered_map>

namespace net {
namespace asio = boost::asio;

namespace {
constexpr unsigned questions_a_channel = 500;
constexpr int udp_size = 1232;

std::string text_of(int status) { return std::string{"c-ares: "} + ::ares_strerror(status); }

/// Something arrived. An error of the socket is not asked for: asking takes it away.
bool has_input(int descriptor)
{
    int size = 0;
    return ::ioctl(descriptor, FIONREAD, &size) == 0 && size > 0;
}

ares_channel make_channel(const Endpoint& server, std::chrono::milliseconds patience,
                          ares_sock_state_cb on_state, void* owner)
{
    static std::once_flag once;
    std::call_once(once, [] { ::ares_library_init(ARES_LIB_INIT_ALL); });
    // All that it would otherwise look up in files, so that it opens none.
    in_addr nowhere{};
    char lookups[] = "b";
    ares_options options{};
    options.flags
        = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS;
    options.timeout = static_cast<int>(patience.count());
    options.tries = 3;
    options.ndots = 1;
    options.servers = &nowhere;
    options.nservers = 1;
    options.lookups = lookups;
    options.sock_state_cb = on_state;
    options.sock_state_cb_data = owner;
    options.ednspsz = udp_size;
    ares_channel channel = nullptr;
    const int status
        = ::ares_init_options(&channel, &options,
                              ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS
                                  | ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS
                                  | ARES_OPT_SORTLIST | ARES_OPT_SOCK_STATE_CB | ARES_OPT_EDNSPSZ);
    if (status != ARES_SUCCESS)
        throw std::runtime_error{text_of(status)};
    const int known = ::ares_set_servers_ports_csv(channel, server.to_string().c_str());
    if (known != ARES_SUCCESS) {
        ::ares_destroy(channel);
        throw std::runtime_error{text_of(known)};
    }
    return channel;
}
}

/// One socket of c-ares: it opens and closes, we wait.
struct DnsTransport::Watch : std::enable_shared_from_this<Watch> {
    using Descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    Watch(Loop& on, Channel& from, int socket) : descriptor{on.context()}, channel{&from}
    {
        boost::system::error_code ignored;
        descriptor.assign(socket, ignored);
    }
    void set(bool read, bool write);
    void release();
    void wait(asio::posix::descriptor_base::wait_type what, bool& waits);

    Descriptor descriptor;
    Channel* channel; ///< null: c-ares has closed the socket
    bool wants_read = false, wants_write = false, waits_read = false, waits_write = false;
};

struct DnsTransport::Channel {
    explicit Channel(DnsTransport& of) : transport{of}
    {
        channel = make_channel(of.server_, of.patience_, socket_changed, this);
    }
    ~Channel() { ::ares_destroy(channel); }
    static void socket_changed(void* self, ares_socket_t socket, int read, int write);
    static void answered(void* argument, int status, int timeouts, unsigned char* octets, int size);
    void is_ready(int socket, bool can_read);

    DnsTransport& transport;
    ares_channel channel = nullptr;
    unsigned sent = 0, under_way = 0;
    std::unordered_map<int, std::shared_ptr<Watch>> watches;
};

struct DnsTransport::Question {
    Channel& channel;
    Done done;
};

void DnsTransport::Watch::set(bool read, bool write)
{
    wants_read = read;
    wants_write = write;
    if (wants_read && !waits_read)
        wait(Descriptor::wait_read, waits_read);
    if (channel && wants_write && !waits_write)
        wait(Descriptor::wait_write, waits_write);
}

void DnsTransport::Watch::release()
{
    channel = nullptr;
    if (descriptor.is_open())
        descriptor.release();
}

void DnsTransport::Watch::wait(asio::posix::descriptor_base::wait_type what, bool& waits)
{
    if (!descriptor.is_open())
        return;
    waits = true;
    const auto executor = descriptor.get_executor();
    descriptor.async_wait(
        what, [watch = shared_from_this(), what, &waits](const boost::system::error_code& error) {
            watch->descriptor.get_executor().on_work_started();
            waits = false;
            if (error || !watch->channel)
                return;
            const bool can_read = what == Descriptor::wait_read;
            if (can_read ? watch->wants_read : watch->wants_write)
                watch->channel->is_ready(watch->descriptor.native_handle(), can_read);
            if (watch->channel)
                watch->set(watch->wants_read, watch->wants_write);
        });
    // Whoever waits for the answer is what the loop runs for, not this socket.
    executor.on_work_finished();
}

void DnsTransport::Channel::socket_changed(void* self, ares_socket_t socket, int read, int write)
{
    auto& channel = *static_cast<Channel*>(self);
    const auto found = channel.watches.find(socket);
    if (!read && !write) {
        if (found != channel.watches.end()) {
            found->second->release();
            channel.watches.erase(found);
        }
        return;
    }
    auto& watch = channel.watches[socket];
    if (!watch)
        watch = std::make_shared<Watch>(channel.transport.loop_, channel, socket);
    watch->set(read != 0, write != 0);
}

void DnsTransport::Channel::is_ready(int socket, bool can_read)
{
    DnsTransport& owner = transport;
    ++owner.inside_;
    if (can_read && has_input(socket))
        owner.heard_();
    ::ares_process_fd(channel, can_read ? socket : ARES_SOCKET_BAD,
                      can_read ? ARES_SOCKET_BAD : socket);
    --owner.inside_;
    owner.tidy();
}

void DnsTransport::Channel::answered(void* argument, int status, int, unsigned char* octets,
                                     int size)
{
    const std::unique_ptr<Question> question{static_cast<Question*>(argument)};
    --question->channel.under_way;
    if (octets && size > 0)
        question->done(std::string_view{reinterpret_cast<const char*>(octets),
                                        static_cast<std::size_t>(size)});
    else
        question->done(
            std::unexpected{status == ARES_ETIMEOUT ? Failure::timed_out : Failure::unreachable});
}

DnsTransport::DnsTransport(Loop& loop, const Endpoint& server, std::chrono::milliseconds patience,
                           std::function<void()> heard)
    : loop_{loop}, server_{server}, patience_{patience}, heard_{std::move(heard)}
{
    open_channel();
}

DnsTransport::~DnsTransport()
{
    ++inside_;
    channel_.reset();
    old_channels_.clear();
}

void DnsTransport::open_channel() { channel_ = std::make_unique<Channel>(*this); }

void DnsTransport::send(const std::string& message, Done done)
{
    if (channel_->sent >= questions_a_channel) {
        old_channels_.push_back(std::move(channel_));
        open_channel();
    }
    ++channel_->sent;
    ++channel_->under_way;
    ++inside_;
    ::ares_send(channel_->channel, reinterpret_cast<const unsigned char*>(message.data()),
                static_cast<int>(message.size()), Channel::answered,
                new Question{*channel_, std::move(done)});
    --inside_;
    tidy();
}

void DnsTransport::tick()
{
    ++inside_;
    for (std::size_t i = 0; i < old_channels_.size(); ++i)
        ::ares_process_fd(old_channels_[i]->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    ::ares_process_fd(channel_->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    --inside_;
    tidy();
}

std::size_t DnsTransport::under_way() const
{
    std::size_t sum = channel_->under_way;
    for (const auto& channel : old_channels_)
        sum += channel->under_way;
    return sum;
}

void DnsTransport::tidy()
{
    if (inside_ == 0 && !old_channels_.empty())
        std::erase_if(old_channels_, [](const auto& channel) { return channel->under_way == 0; });
}
}
