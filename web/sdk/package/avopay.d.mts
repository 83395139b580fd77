import AvoPay = require('./avopay.js');
export default AvoPay;
