// SPDX-License-Identifier: Apache-2.0
#include "filters/list_file.hpp"

#include <sys/stat.h>
#include <zstd.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

namespace filters {
namespace {
using Take = std::function<void(std::string_view, bool)>;
constexpr std::size_t longest_line = 4096;
constexpr std::uint64_t most_octets = 1ULL << 30;

/// Cuts what comes in pieces into lines.
class Lines {
public:
    explicit Lines(const Take& take) : take_{take} { }

    void add(std::string_view piece)
    {
        for (auto end = piece.find('\n'); end != piece.npos; end = piece.find('\n')) {
            append(piece.substr(0, end));
            finish();
            piece.remove_prefix(end + 1);
        }
        append(piece);
    }
    void finish()
    {
        if (!held_.empty() && held_.back() == '\r')
            held_.pop_back();
        if (is_too_long_)
            take_({}, true);
        else if (!held_.empty())
            take_(held_, false);
        held_.clear();
        is_too_long_ = false;
    }

private:
    void append(std::string_view part)
    {
        is_too_long_ = is_too_long_ || held_.size() + part.size() > longest_line;
        if (!is_too_long_)
            held_ += part;
    }
    const Take& take_;
    std::string held_;
    bool is_too_long_ = false;
};

/// Unpacks what comes in pieces, where it is packed at all.
class Unpacker {
public:
    explicit Unpacker(const Take& take) : lines_{take} { }

    /// What is wrong; "" nothing.
    std::string add(std::string_view piece)
    {
        constexpr std::string_view magic = "\x28\xB5\x2F\xFD";
        if (!is_begun_ && piece.starts_with(magic))
            stream_.reset(ZSTD_createDStream());
        is_begun_ = true;
        if (!stream_)
            return count(piece);
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        while (in.pos < in.size || is_full_) {
            ZSTD_outBuffer out{unpacked_.data(), unpacked_.size(), 0};
            left_ = ZSTD_decompressStream(stream_.get(), &out, &in);
            if (ZSTD_isError(left_) != 0)
                return ZSTD_getErrorName(left_);
            is_full_ = out.pos == out.size && left_ != 0;
            if (auto wrong = count({unpacked_.data(), out.pos}); !wrong.empty())
                return wrong;
        }
        return {};
    }
    std::string finish()
    {
        lines_.finish();
        return stream_ && left_ != 0 ? "it is cut off" : "";
    }

private:
    std::string count(std::string_view text)
    {
        octets_ += text.size();
        if (octets_ > most_octets)
            return "it is larger than 1 GiB";
        lines_.add(text);
        return {};
    }
    struct Free {
        void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
    };
    Lines lines_;
    std::unique_ptr<ZSTD_DStream, Free> stream_;
    std::vector<char> unpacked_ = std::vector<char>(ZSTD_DStreamOutSize());
    std::uint64_t octets_ = 0;
    std::size_t left_ = 0;
    bool is_begun_ = false, is_full_ = false;
};
}

FileState state_of(const std::string& path)
{
    struct ::stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return {};
    const auto since = std::chrono::seconds{status.st_mtim.tv_sec}
        + std::chrono::nanoseconds{status.st_mtim.tv_nsec};
    using Clock = std::chrono::system_clock;
    return {Clock::time_point{std::chrono::duration_cast<Clock::duration>(since)},
            static_cast<std::uint64_t>(status.st_size), true};
}

std::expected<void, std::string> read_list_file(const std::string& path, const Take& take)
{
    std::ifstream in{path, std::ios::binary};
    if (!state_of(path).is_there || !in)
        return std::unexpected{"cannot read " + path};
    Unpacker unpacker{take};
    std::string wrong;
    for (std::vector<char> piece(1U << 18); in && wrong.empty();) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        wrong = unpacker.add({piece.data(), static_cast<std::size_t>(in.gcount())});
    }
    if (wrong.empty() && in.bad())
        wrong = std::strerror(errno);
    if (wrong.empty())
        wrong = unpacker.finish();
    if (!wrong.empty())
        return std::unexpected{"cannot read " + path + ": " + wrong};
    return {};
}
}
