# ruby-net-scp.rb put|get file|tree HOST PORT USER KEY FROM TO: one transfer by net-scp.
require "net/scp"

direction, kind, host, port, user, key, source, target = ARGV
options = {
  port: port.to_i, keys: [key], keys_only: true, config: false, use_agent: false,
  verify_host_key: :never, auth_methods: ["publickey"]
}
begin
  Net::SCP.start(host, user, options) do |scp|
    if direction == "put"
      scp.upload!(source, target, recursive: kind == "tree", preserve: kind == "tree")
    else
      scp.download!(source, target, recursive: kind == "tree", preserve: kind == "tree")
    end
  end
rescue StandardError => e
  abort "#{e.class}: #{e.message}"
end
