// Names instead of numbers, which depend on where the checkout lies: a rebuild anywhere gives the same bytes.
module.exports = { optimization: { moduleIds: 'named', chunkIds: 'named' } };
