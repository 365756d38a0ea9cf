// Node and `ws`: every body that is posted goes to every WebSocket client.
const http = require('http')
const { WebSocketServer } = require('ws')

const server = http.createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    for (const client of sockets.clients) client.send(body, { binary: false })
    response.writeHead(200, { 'Content-Length': 0 })
    response.end()
  })
})
const sockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: true })
server.keepAliveTimeout = 600000
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 })
