// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/config.hpp"

#include <expected>
#include <string>
#include <vector>

namespace app {
/// One listening socket: a listener's share on one loop.
struct OpenDoor {
    std::string listener, address; ///< as configured
    unsigned loop = 0;
    int descriptor = -1;
};

/// Every listening socket of the process group. The supervisor opens and keeps them, so that
/// connections wait in the kernel while a gate is replaced; a gate inherits them. Knows nothing of
/// Asio.
class Doors {
public:
    Doors() = default;
    ~Doors();
    Doors(Doors&& other) noexcept;
    Doors& operator=(Doors&& other) noexcept;

    /// Opens what the configuration asks for and takes over from `earlier` what stays the same;
    /// `earlier` is left alone when something cannot be opened. The error is one sentence.
    static std::expected<Doors, std::string> open(const Configuration& configuration,
                                                  Doors& earlier);

    const std::vector<OpenDoor>& smtp() const { return smtp_; }
    int metrics() const { return metrics_.descriptor; }
    int control() const { return control_.descriptor; }
    /// Where browsers come in; -1: no pages.
    int web() const { return web_.descriptor; }
    /// Where the web role asks the gate; there without pages, too.
    int web_socket() const { return web_socket_.descriptor; }
    /// Why there are no pages though nobody switched them off; "" else.
    const std::string& why_no_web() const { return why_no_web_; }

private:
    class Opening;
    std::expected<void, std::string> open_web(const Configuration& configuration, Opening& opening);
    std::vector<OpenDoor*> all();
    void close();
    std::vector<OpenDoor> smtp_;
    OpenDoor metrics_, control_, web_, web_socket_;
    std::string why_no_web_;
};

/// Where a data directory has its control socket, and the web role's way to the gate.
std::string control_socket_of(const std::string& data);
std::string web_socket_of(const std::string& data);
}
