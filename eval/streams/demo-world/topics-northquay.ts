/** Topics of shipping: labels, carriers, customs, returns, warehouses. */
import type { TicketTopic } from './ticket-topic.js';

export const northquayTopics: readonly [TicketTopic, ...TicketTopic[]] = [
  {
    product: 'labels',
    priorities: ['high', 'urgent', 'normal'],
    cases: [
      {
        subject: 'Labels print blank',
        body: 'Since the update the 4x6 labels for {carrier} come out of the printer blank. A4 works. We have {count} parcels waiting and the van comes at {time}.',
        reply: 'We can reproduce it with the ZPL format. Please switch to PDF under Printing for the moment.',
        followUp: 'PDF works but is much slower, we cannot ship {count} parcels a day like that.',
        resolution: 'ZPL labels for {carrier} are printed again since the release of this morning.',
      },
      {
        subject: 'Label is cut off at the bottom',
        body: 'The lower two centimetres of every {carrier} label are missing since {date}, so the barcode cannot be scanned. Same printer, same driver, other carriers are fine.',
        reply:
          'Could you send the PDF of {order}? Then we can see whether the label or the printer settings are at fault.',
        followUp: 'Now the labels of {carrier} are fine and those of the other carrier are cut off.',
        resolution: 'The margin for {carrier} was wrong in the last release; corrected for all carriers.',
      },
      {
        subject: 'Thermal printer shows half of the barcode',
        body: 'On our thermal printers the barcode ends in the middle. If we download the PDF and print it by hand it is complete. Example: {order}.',
        reply: 'The printer seems to be set to 203 dpi while the label is made for 300. Please compare under Printing.',
        followUp: 'It was 203. At 300 the barcode is complete but the address is tiny.',
        resolution: 'A driver setting on the customer side; printing works again.',
      },
    ],
  },
  {
    product: 'labels',
    priorities: ['normal', 'normal', 'high'],
    cases: [
      {
        subject: 'Refund for labels we never used',
        body: 'We created {count} labels on {date} for an order that was cancelled. None was handed over. How do we get the postage back, and until when?',
        reply: 'None of the labels was scanned. We have voided them; the credit needs the confirmation of {carrier}.',
        followUp: 'Only half of the amount has arrived so far.',
        resolution: '{amount} credited to the postage balance.',
      },
      {
        subject: 'Duplicate labels for {order}',
        body: 'The import ran twice and made two labels for {order} and all the others of that day. Please void the second set and refund {amount}.',
        reply: 'Please send a list of the shipment numbers and we will void them together.',
        followUp: '{carrier} says one of them was scanned. That must be a mistake, it is here on my desk.',
        resolution: 'One label was scanned and stays charged; the rest is credited.',
      },
      {
        subject: 'Voiding fails with {code}',
        body: 'Voiding fails with "{code}" for {count} labels from {date}. They are unused. Are they too old already?',
        reply: 'They are inside the period. {carrier} did not answer our request; we are trying again.',
        followUp: 'It worked for most of them, {order} still shows the error.',
        resolution: 'All labels voided; the period counts from the first attempt.',
      },
    ],
  },
  {
    product: 'tracking',
    priorities: ['normal', 'normal', 'high'],
    cases: [
      {
        subject: 'Tracking stands still at "{city} hub"',
        body: '{count} parcels with {carrier} have shown "arrived at {city} hub" for five days. On the site of the carrier they are delivered. Our customers keep calling.',
        reply: '{carrier} changed its status codes; some are not understood by us yet. We are adding them.',
        followUp: 'Two more since yesterday, also through {city}.',
        resolution: 'New status codes of {carrier} are read now; the parcels show as delivered.',
      },
      {
        subject: 'Delivered, but the customer has nothing',
        body: 'According to tracking {order} was delivered on {date}. The customer has nothing and the proof of delivery shows another town.',
        reply: 'We have opened an inquiry with {carrier} about {order}.',
        followUp: 'The customer wants the money back. Who pays for that?',
        resolution: '{carrier} found the parcel in {city}; delivered.',
      },
      {
        subject: 'Tracking page shows another parcel',
        body: 'The tracking link we send for {order} opens a parcel to {city}. The number is correct; it seems that {carrier} uses numbers again.',
        reply: 'That is so: the number was used two years ago. We are going to compare the dates as well.',
        followUp: 'Until then our customers see the address of a stranger. Please hurry.',
        resolution: 'Old parcels with the same number are no longer shown.',
      },
    ],
  },
  {
    product: 'customs',
    priorities: ['high', 'normal'],
    cases: [
      {
        subject: 'Customs form rejected: code {code}',
        body: 'All parcels to {city} come back because the declaration lacks the country of origin, code {code}. The field is filled in our product list.',
        reply: 'The field is sent, but {carrier} expects another format since {date}. We are correcting it.',
        followUp: 'Customs ask for the value in another currency now.',
        resolution: 'Declarations carry origin and currency in the new format.',
      },
      {
        subject: 'Wrong tariff number on declarations',
        body: 'The declaration takes the tariff number of the first item for all items. For mixed parcels that is wrong and we have had to pay {amount} already.',
        reply: 'We can see it in {order}. Each item should have its own number; we are looking for the reason.',
        followUp: 'Another {count} mixed parcels are ready. Shall we wait?',
        resolution: 'Declarations carry the tariff number of each item now.',
      },
      {
        subject: 'Parcel {order} held at customs',
        body: '{order} has been with customs in {city} since {date}. They want the commercial invoice, which should have been sent electronically.',
        reply: 'We have sent the invoice again; please ask the carrier tomorrow.',
        followUp: 'Still held. The customer threatens to refuse the parcel.',
        resolution: 'Released by customs in {city}.',
      },
    ],
  },
  {
    product: 'labels',
    priorities: ['normal', 'low', 'high'],
    cases: [
      {
        subject: '{carrier} charged more than the label price',
        body: 'The carrier charged {amount} on top for {count} parcels because of their size. They are the same boxes as always. Can we contest that through you?',
        reply: 'We can contest it within 30 days. Please send the dimensions and a photo of one box.',
        followUp: 'Photos attached, with a ruler.',
        resolution: '{carrier} accepted the claim; {amount} credited.',
      },
      {
        subject: 'Wrong weight on {order}',
        body: 'The scale of {carrier} says 31 kg for {order}. It weighs three at most. Please have that corrected before it is charged.',
        reply: 'We have asked {carrier} to weigh it again. It is already at {city}.',
        followUp: 'It was charged this morning, {amount}.',
        resolution: 'The weight was corrected and {amount} credited.',
      },
      {
        subject: 'Peak surcharge we do not understand',
        body: 'There is a new line "peak surcharge" over {amount} for parcels from {date}. It was not in the price that we saw when buying the labels.',
        reply: 'The surcharge was announced by {carrier}; the price in our form was late by two days.',
        followUp: 'The next invoice has the same surcharge again.',
        resolution: 'The difference for the two days was credited by us.',
      },
    ],
  },
  {
    product: 'returns',
    priorities: ['normal', 'low', 'high'],
    cases: [
      {
        subject: 'Return labels go to the old address',
        body: 'We changed the warehouse on {date}, yet the return labels still carry the old address. {count} parcels are on their way to an empty building.',
        reply: 'The address is kept per return rule, and one rule has the old one. We have changed it.',
        followUp: '{carrier} wants {amount} to forward the parcels.',
        resolution: 'All return rules have the new address; the forwarding was paid by us.',
      },
      {
        subject: 'Returns portal rejects order numbers',
        body: 'The portal says "order not found" for every order since {date}, {order} for example. They are all in the shipments list.',
        reply: 'The portal reads orders with a delay of an hour at the moment. We are working on it.',
        followUp: 'Works for new orders. The older ones are still not found.',
        resolution: 'The missing days were read again; all orders are found.',
      },
      {
        subject: 'Customer got two return labels',
        body: 'For {order} the portal made two labels, both charged. The customer used one. Will the other one be refunded?',
        reply: 'Return labels are charged when they are scanned. We are checking why both were charged.',
        followUp: 'It is not the only one: {count} customers got two labels since {date}.',
        resolution: 'All second labels were credited, {amount} in total.',
      },
    ],
  },
  {
    product: 'warehouse-sync',
    priorities: ['high', 'urgent', 'normal'],
    cases: [
      {
        subject: 'Stock levels are not updated',
        body: 'Since {time} no stock level has moved. The last run says "{code}". We are selling what we do not have.',
        reply: 'Your warehouse system closes the connection after a minute. Has a timeout been changed there?',
        followUp: 'Nothing was changed. It ran through once over night, then failed again.',
        resolution: 'The connection is kept open in another way; stock levels move again.',
      },
      {
        subject: 'Warehouse sync never ends',
        body: 'The sync stops after {count} articles and begins again from the first. It used to take ten minutes and now never ends.',
        reply: 'We see the {code} in the middle of each run. The job has been restarted with smaller batches.',
        followUp: 'Better: it takes an hour now. That is still too long for us.',
        resolution: 'Smaller batches are the default for this connection; a run takes twelve minutes.',
      },
      {
        subject: 'Orders arrive in the wrong warehouse',
        body: 'Orders for {city} are sent to our other warehouse although the rule by postcode says otherwise. {order} is an example.',
        reply: 'Two rules match. The one by weight stands higher and wins.',
        followUp: 'We cannot tell from the log which rule won. Can that be shown?',
        resolution: 'The order of rules was corrected together with the customer.',
      },
    ],
  },
  {
    product: 'labels',
    priorities: ['normal', 'high'],
    cases: [
      {
        subject: 'Pickup was not made',
        body: 'The pickup with {carrier} for {date} was confirmed, but nobody came. {count} parcels are here. Can it be booked again without a fee?',
        reply: '{carrier} has no record of it. We have booked again for tomorrow, free of charge.',
        followUp: 'Again nobody came.',
        resolution: 'Picked up at last; the fee was credited.',
      },
      {
        subject: 'Change the pickup window',
        body: 'Our gate closes at {time}. The pickup window offered by {carrier} ends two hours later. Where can we change that for good?',
        reply: 'The window comes from the carrier. We have asked for an earlier one.',
        followUp: 'The earlier window works, thank you. Please keep it.',
        resolution: 'Standing window agreed with {carrier}.',
      },
      {
        subject: '{carrier} says there is no pickup booked',
        body: 'The driver says that no pickup is booked, your page says it is confirmed with number {order}. Who is right?',
        reply: 'The booking was confirmed to us and then cancelled by {carrier} without telling us.',
        followUp: 'How will we learn of that next time?',
        resolution: 'Cancellations by the carrier are now shown and sent by mail.',
      },
    ],
  },
  {
    product: 'labels',
    priorities: ['low', 'normal'],
    cases: [
      {
        subject: 'Address check refuses a correct address',
        body: 'The address check says that the street in {city} does not exist. It is a new housing area; {carrier} delivers there every day.',
        reply: 'You can confirm the address by hand; the register we use is updated every month.',
        followUp: 'Confirming {count} addresses by hand every day is no solution.',
        resolution: 'The new area is in the register since the last update.',
      },
      {
        subject: 'House numbers with letters',
        body: 'House numbers such as 12b are cut to 12. For {order} the parcel went to the neighbours and then back to us.',
        reply:
          'The import drops what follows the digits. You can put the letter into the second line until it is corrected.',
        followUp: 'We have {count} such addresses. Is there a faster way?',
        resolution: 'House numbers keep their letters; the {count} addresses were imported again.',
      },
      {
        subject: 'Accents are lost on labels',
        body: 'Letters with accents are replaced by question marks on labels for {carrier}, since {date}. In the preview they are right.',
        reply: 'The character set of this carrier is older. We are testing a replacement.',
        followUp: 'Better now, but not for the street field.',
        resolution: 'Accents are printed correctly for {carrier}, in all fields.',
      },
    ],
  },
  {
    product: 'labels',
    priorities: ['high', 'normal'],
    cases: [
      {
        subject: 'Parcels with batteries returned',
        body: '{carrier} returned {count} parcels because a battery was not declared. It is built into the lamp. Which flag do we have to set?',
        reply: 'Built-in cells need the dangerous-goods flag as well. The current rules are attached.',
        followUp: 'And if the cells are only packed with the device?',
        resolution: 'The flag is set for the products concerned.',
      },
      {
        subject: 'Dangerous goods flag is missing',
        body: 'The flag for dangerous goods has disappeared from the form since {date}. Has our account been blocked for it?',
        reply: 'It was blocked after repeated parcels without the flag, the last one to {city}.',
        followUp: 'We were charged {amount} for that one. Is that final?',
        resolution: 'The block was lifted after the training was confirmed; the surcharge stays.',
      },
      {
        subject: 'Can we ship aerosols to {city}?',
        body: 'We would like to send spray cans to {city} from {soon}. What do we need: flag, papers, a certain service?',
        reply: 'By road and with the flag. The policy attached says which papers are needed.',
        followUp: 'Do the same rules hold for samples under 50 ml?',
        resolution: 'Rules explained; the customer ships by road.',
      },
    ],
  },
  {
    product: 'analytics',
    priorities: ['low', 'normal'],
    cases: [
      {
        subject: 'Delivery times in the report look wrong',
        body: 'The report says that {carrier} takes nine days to {city}. By our own count it is three. Are weekends counted, or parcels without a last scan?',
        reply: 'Parcels without a last scan are counted up to today. That is going to change.',
        followUp: 'The new numbers are plausible. Can the old reports be corrected as well?',
        resolution: 'Reports from {month} on were calculated again.',
      },
      {
        subject: 'Report for {month} is empty',
        body: 'The monthly report for {month} came on time but without a single row. We shipped {count} parcels on the last day alone.',
        reply: 'The report ran before the data was there. We have started it again.',
        followUp: 'Still empty.',
        resolution: 'The report for {month} is complete; it now waits for the last day.',
      },
      {
        subject: 'Carrier comparison leaves out {carrier}',
        body: 'In the comparison of carriers {carrier} does not appear at all, although we send {count} parcels a week with it.',
        reply: 'Carriers with your own contract are left out by a filter. We are asking whether that is intended.',
        followUp: 'It is our main carrier. Without it the page is of no use to us.',
        resolution: '{carrier} is part of the comparison now.',
      },
    ],
  },
];
